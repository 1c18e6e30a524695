"""`python -m monitor` is `cspwatch`."""

from monitor.cli import main

if __name__ == "__main__":
    main()
