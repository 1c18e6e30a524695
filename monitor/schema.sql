-- The tables of the log in their first form (monitor/schema.py runs this file). docs/log.md explains them.
--
-- Times are ISO 8601 text in UTC with Z, flags are 0 or 1, lists and objects are JSON text.

-- Sources and what was read of them

CREATE TABLE source (
    source_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    kind TEXT NOT NULL,               -- feed, sitemap, listing, search
    homepage TEXT NOT NULL,
    language TEXT,                    -- BCP 47
    country TEXT,                     -- ISO 3166-1 alpha-2 of the publisher
    region TEXT NOT NULL,
    tier TEXT NOT NULL,               -- primary, trade, tech, business, aggregator
    family TEXT NOT NULL,             -- publisher: sister titles count once
    section TEXT NOT NULL,
    full_text_feed INTEGER,           -- 0, 1, NULL where nobody looked
    paywall TEXT NOT NULL,            -- none, partial, hard
    article_pattern TEXT,
    body_selector TEXT,
    enabled INTEGER NOT NULL,
    remark TEXT NOT NULL,
    listed INTEGER NOT NULL DEFAULT 1, -- 0: no longer in the catalogue; kept for its articles
    -- what polling remembers
    next_due TEXT NOT NULL,
    first_success_at TEXT,            -- the crawl that became the baseline; NULL: never read
    last_polled_at TEXT,
    last_success_at TEXT,
    last_new_at TEXT,                 -- when an entry was last seen for the first time
    last_outcome TEXT,
    last_detail TEXT NOT NULL DEFAULT '',
    failure_score REAL NOT NULL DEFAULT 0,  -- sum of weighted failures since the last success
    failing_since TEXT,
    etag TEXT,                        -- validators are kept only when nothing was left unread
    last_modified TEXT,
    body_hash TEXT,
    poll_state TEXT NOT NULL DEFAULT '',    -- JSON of crawler.polling: when it publishes
    poll_reason TEXT NOT NULL DEFAULT '',   -- what decided next_due: rhythm, back-off, retry-after ...
    conditional INTEGER NOT NULL DEFAULT 0, -- 1: the next poll may send validators
    silent_after TEXT,                -- no entry until then is beyond the source's rhythm
    moved_to TEXT,                    -- where a permanent redirect of the index leads
    held_since TEXT,                  -- flood breaker: its articles wait for a person
    held_reason TEXT NOT NULL DEFAULT '',
    verify_certificate INTEGER NOT NULL DEFAULT 1 -- 0: it may be read although its certificate is not valid
) STRICT;
CREATE INDEX source_due ON source (next_due) WHERE enabled AND listed;
CREATE TABLE seen (
    source_id TEXT NOT NULL REFERENCES source (source_id),
    url_key TEXT NOT NULL,
    entry_key TEXT NOT NULL,          -- what the index calls it (GUID)
    title_key TEXT NOT NULL,          -- folded title + day: survives a change of URL and GUID
    state TEXT NOT NULL,              -- known, or pending: still to be read
    tries INTEGER NOT NULL,           -- failed tries of a pending one
    baseline INTEGER NOT NULL,        -- 1: it was there at the first crawl
    first_seen_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,       -- to the day: moved once a day, not at every poll
    modified TEXT,                    -- as the index gave it when the article was read
    wording TEXT NOT NULL DEFAULT '', -- hash of what a feed said of it then; another one is an edit
    PRIMARY KEY (source_id, url_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_title ON seen (source_id, title_key);
CREATE TABLE recurring (
    source_id TEXT NOT NULL REFERENCES source (source_id),
    paragraph TEXT NOT NULL,          -- hash of a paragraph that recurs in its articles and is no text of them
    seen_at TEXT NOT NULL,            -- to the day
    PRIMARY KEY (source_id, paragraph)
) STRICT, WITHOUT ROWID;
CREATE TABLE source_reading (
    source_id TEXT PRIMARY KEY REFERENCES source (source_id),
    reading TEXT NOT NULL,            -- well, teasers (nothing else is read), drift (unlike before)
    detail TEXT NOT NULL,             -- a sentence that says what is wrong
    since TEXT NOT NULL,
    habit TEXT NOT NULL               -- JSON: what its texts were like before the trouble
) STRICT, WITHOUT ROWID;
CREATE TABLE site_file (              -- what sites ask of machines, kept over polls
    origin TEXT NOT NULL,             -- https://outlet.example
    kind TEXT NOT NULL,               -- robots, tdmrep
    read_at TEXT NOT NULL,            -- when the site last said so
    due_at TEXT NOT NULL,             -- until then it is not asked again
    is_there INTEGER NOT NULL,        -- 0: the site has no such file
    body BLOB NOT NULL,
    etag TEXT,
    last_modified TEXT,
    PRIMARY KEY (origin, kind)
) STRICT;
CREATE TABLE site_use (
    source_id TEXT NOT NULL REFERENCES source (source_id),
    origin TEXT NOT NULL,
    PRIMARY KEY (source_id, origin)
) STRICT, WITHOUT ROWID;
CREATE TABLE poll (
    order_id TEXT NOT NULL,
    source_id TEXT NOT NULL REFERENCES source (source_id),
    at TEXT NOT NULL,
    outcome TEXT NOT NULL,            -- crawler.outcomes.Outcome of the index
    detail TEXT NOT NULL,
    entries INTEGER NOT NULL,
    new_entries INTEGER NOT NULL,
    articles INTEGER NOT NULL,
    new_articles INTEGER NOT NULL,
    left_out INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (order_id, source_id) -- a report is taken in once
) STRICT, WITHOUT ROWID;
CREATE INDEX poll_source ON poll (source_id, at);
CREATE INDEX poll_at ON poll (at);
CREATE TABLE fetch (
    fetch_id INTEGER PRIMARY KEY,
    order_id TEXT NOT NULL,
    source_id TEXT NOT NULL REFERENCES source (source_id),
    url TEXT NOT NULL,
    kind TEXT NOT NULL,               -- index, article, robots, tdmrep
    outcome TEXT NOT NULL,            -- every request ends as exactly one
    status INTEGER,
    detail TEXT NOT NULL,
    at TEXT NOT NULL,
    elapsed_ms INTEGER NOT NULL,
    size INTEGER NOT NULL,
    moved_to TEXT
) STRICT;
CREATE INDEX fetch_source ON fetch (source_id, at);
CREATE INDEX fetch_url ON fetch (url);

-- Articles

CREATE TABLE article (
    id INTEGER PRIMARY KEY,           -- order of arrival; rowid of article_fts
    article_id TEXT NOT NULL UNIQUE,  -- "a" + hash of url_key: the same after every import
    url_key TEXT NOT NULL UNIQUE,     -- identity: canonical URL without scheme and tracking
    url TEXT NOT NULL,
    fetched_url TEXT NOT NULL,
    source_id TEXT NOT NULL,          -- no foreign key: imported articles may name an outlet we do not know
    title TEXT NOT NULL,              -- of the current version
    language TEXT,
    author TEXT,
    published TEXT,                   -- NULL: no date known, none invented
    published_from TEXT,              -- json-ld, meta, feed, time-tag, url
    modified TEXT,
    modified_from TEXT,
    completeness TEXT NOT NULL,       -- full, teaser, paywall, consent, feed, unknown
    summary TEXT NOT NULL,
    site_name TEXT NOT NULL,
    section TEXT NOT NULL,
    syndicated_from TEXT,             -- origin named by the page itself
    copy_of TEXT,                     -- article_id of the first near copy, recognized by text
    copy_similarity REAL,
    version INTEGER NOT NULL,         -- current text version
    characters INTEGER NOT NULL,      -- code points of the current text
    first_seen_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    baseline INTEGER NOT NULL,        -- 1: was there at the first crawl of its source; never alerts
    held TEXT NOT NULL DEFAULT '',    -- why it waits for a person: flood, rules-changed; '' otherwise
    state TEXT NOT NULL,              -- new, judged, quarantined
    attempts INTEGER NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',   -- why it is in quarantine
    judgement_id INTEGER,             -- current judgement; the three columns below repeat it for facets
    relevant INTEGER,
    score INTEGER,
    level TEXT
) STRICT;
CREATE INDEX article_waiting ON article (published, id) WHERE state = 'new';
CREATE INDEX article_quarantined ON article (id) WHERE state = 'quarantined';
CREATE INDEX article_held ON article (source_id) WHERE held != '';
CREATE INDEX article_source ON article (source_id, id);
CREATE INDEX article_published ON article (published);
CREATE INDEX article_seen ON article (first_seen_at);
CREATE INDEX article_url ON article (url);
CREATE INDEX article_relevant ON article (id) WHERE relevant;
CREATE TABLE article_version (
    article_id TEXT NOT NULL REFERENCES article (article_id),
    version INTEGER NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,               -- plain text; spans of evidence count its code points
    text_hash TEXT NOT NULL,          -- over title and text: an equal one is no new version
    extraction TEXT NOT NULL,         -- json-ld, selector, trafilatura, feed, import
    encoding_doubtful INTEGER NOT NULL,
    fetched_at TEXT NOT NULL,
    link_density REAL NOT NULL DEFAULT 0, -- share of the text in links: where it grows, a list is taken for the article
    signature BLOB,                   -- MinHash of the text; NULL where it is too short
    pruned_at TEXT,                   -- NULL: the text is there
    PRIMARY KEY (article_id, version)
) STRICT;
CREATE TABLE near_band (
    band INTEGER NOT NULL,            -- hash of one band of a signature
    id INTEGER NOT NULL,              -- article.id
    PRIMARY KEY (band, id)
) STRICT, WITHOUT ROWID;
-- Contentless: the text stands in article_version. Filled by monitor.searching, which writes runs of CJK as bigrams.
CREATE VIRTUAL TABLE article_fts USING fts5 (
    title, text, content = '', contentless_delete = 1, columnsize = 1,
    tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
);

-- Judgements

CREATE TABLE judgement (
    judgement_id INTEGER PRIMARY KEY,
    article_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    rule_set TEXT NOT NULL,           -- hash over rules and knowledge
    code_version TEXT NOT NULL,
    judged_at TEXT NOT NULL,
    language TEXT NOT NULL,
    relevant INTEGER NOT NULL,
    score INTEGER NOT NULL,
    level TEXT NOT NULL,
    watches TEXT NOT NULL,            -- JSON list of the watches it serves
    news TEXT NOT NULL,               -- JSON: the named sum behind "is it the news?"
    trace TEXT NOT NULL,              -- JSON list of steps: which rule held, the first clause that failed
    UNIQUE (article_id, version, rule_set, code_version),
    FOREIGN KEY (article_id, version) REFERENCES article_version (article_id, version)
) STRICT;
CREATE TABLE finding (
    id INTEGER PRIMARY KEY,
    finding_id TEXT NOT NULL,         -- sha1(article, event, actor family, first place, direction)
    judgement_id INTEGER NOT NULL REFERENCES judgement (judgement_id),
    article_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    current INTEGER NOT NULL,         -- 1: of the article's current judgement
    position INTEGER NOT NULL,        -- order inside the judgement
    rule TEXT NOT NULL,
    rule_revision TEXT NOT NULL,
    event TEXT NOT NULL,
    direction TEXT NOT NULL,
    status TEXT NOT NULL,
    actor TEXT,                       -- first actor; all of them in finding_actor
    object TEXT,
    country TEXT,                     -- first country; all places in finding_place
    place TEXT,
    overseas INTEGER NOT NULL,
    money_usd REAL,                   -- largest amount of money in US dollars, for sorting; exact in data
    power_mw REAL,
    time TEXT,                        -- ISO interval: 2027, <=2027, 2026-Q3
    score INTEGER NOT NULL,
    news INTEGER NOT NULL,            -- 0: background; in the ledger, never alerting
    field TEXT NOT NULL,              -- title or text
    start INTEGER NOT NULL,           -- code points; article_version.field[start:end] = quote
    end INTEGER NOT NULL,
    quote TEXT NOT NULL,
    quote_language TEXT NOT NULL,
    actors TEXT NOT NULL,             -- JSON lists of ids, for facets
    places TEXT NOT NULL,
    amounts TEXT NOT NULL,            -- JSON list of texts as written in the article
    data TEXT NOT NULL,               -- JSON of the whole finding with all its spans
    -- kept by triggers, so that the totals of the ledger are one walk along one index
    article_no INTEGER NOT NULL DEFAULT 0, -- article.id
    day TEXT NOT NULL DEFAULT '',     -- of its publication, else of its arrival
    told TEXT NOT NULL DEFAULT '',    -- its story; without one the article
    UNIQUE (judgement_id, position)
) STRICT;
CREATE INDEX finding_article ON finding (article_id) WHERE current;
CREATE INDEX finding_event ON finding (event, id) WHERE current;
CREATE INDEX finding_rule ON finding (rule) WHERE current;
CREATE INDEX finding_ledger
    ON finding (told, event, country, actor, current, news, day, direction, status, money_usd, article_no) WHERE current;
CREATE TABLE finding_actor (
    id INTEGER NOT NULL REFERENCES finding (id) ON DELETE CASCADE,
    actor TEXT NOT NULL,
    family TEXT NOT NULL,             -- id of the group: aws and amazon are one
    role TEXT NOT NULL,               -- actor, partner, via_product
    PRIMARY KEY (id, actor, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_actor_actor ON finding_actor (actor, id);
CREATE INDEX finding_actor_family ON finding_actor (family, id);
CREATE TABLE finding_place (
    id INTEGER NOT NULL REFERENCES finding (id) ON DELETE CASCADE,
    place TEXT NOT NULL,              -- MY, MY:Johor, bloc:GCC
    country TEXT,
    excluded INTEGER NOT NULL,        -- 1: "outside China"
    PRIMARY KEY (id, place, excluded)
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_place_place ON finding_place (place, id);
CREATE INDEX finding_place_country ON finding_place (country, id);
CREATE TABLE finding_amount (
    id INTEGER NOT NULL REFERENCES finding (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    value TEXT NOT NULL,              -- exact decimal in the base unit
    value_max TEXT,
    unit TEXT NOT NULL,               -- ISO 4217, MW, ACCEL, REGION, AZ, DC ...
    op TEXT NOT NULL,
    usd REAL,
    text TEXT NOT NULL,               -- as written
    PRIMARY KEY (id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_amount_unit ON finding_amount (unit, usd);

-- Stories, decisions, verdicts

CREATE TABLE story (
    id INTEGER PRIMARY KEY,
    story_id TEXT NOT NULL UNIQUE,    -- "s" + hash of the article that opened it
    title TEXT NOT NULL,              -- headline of the leading article, in its language
    title_language TEXT NOT NULL,
    event TEXT NOT NULL,              -- of the leading finding
    direction TEXT NOT NULL,
    status TEXT NOT NULL,             -- furthest status reported so far
    level TEXT NOT NULL,              -- highest level of its articles
    score INTEGER NOT NULL,
    families TEXT NOT NULL,           -- JSON lists: provider families, countries, hubs
    countries TEXT NOT NULL,
    hubs TEXT NOT NULL,
    state TEXT NOT NULL,              -- JSON of monitor.storystate.StoryState: what is known, to name what is new
    articles INTEGER NOT NULL,
    publishers INTEGER NOT NULL,      -- independent ones: families, copies and aggregators not counted
    languages TEXT NOT NULL,          -- JSON list
    opened_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,         -- last article
    developed_at TEXT NOT NULL,       -- last article that added a fact
    first_published TEXT,
    muted_until TEXT,
    alerts INTEGER NOT NULL DEFAULT 0 -- sequence of its alerts
) STRICT;
CREATE INDEX story_updated ON story (updated_at);
CREATE INDEX story_developed ON story (developed_at);
CREATE TABLE story_key (
    family TEXT NOT NULL,             -- provider family
    country TEXT NOT NULL,            -- '' where no place is known
    story_id TEXT NOT NULL REFERENCES story (story_id),
    PRIMARY KEY (family, country, story_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE story_article (
    article_id TEXT PRIMARY KEY REFERENCES article (article_id),
    story_id TEXT NOT NULL REFERENCES story (story_id),
    position INTEGER NOT NULL,        -- 1 = opened the story
    version INTEGER NOT NULL,
    joined_at TEXT NOT NULL,
    published TEXT,
    similarity REAL NOT NULL,         -- to the story when it joined; 1 for the first
    parts TEXT NOT NULL,              -- JSON: the named summands of the similarity
    changes TEXT NOT NULL,            -- JSON list: what it added to the story
    features TEXT NOT NULL,           -- JSON of StoryFeatures
    publisher TEXT NOT NULL,          -- family of the outlet
    independent INTEGER NOT NULL,     -- 0: copy, sister title, press release, aggregator
    origin TEXT NOT NULL              -- why not independent
) STRICT, WITHOUT ROWID;
CREATE INDEX story_article_story ON story_article (story_id, position);
CREATE TABLE story_watch (
    story_id TEXT NOT NULL REFERENCES story (story_id),
    watch TEXT NOT NULL,
    told_at TEXT NOT NULL,            -- last alert of this story to this watch
    told INTEGER NOT NULL,            -- how many
    waiting TEXT NOT NULL,            -- JSON: changes held back by the cooldown, told with the next alert
    PRIMARY KEY (story_id, watch)
) STRICT, WITHOUT ROWID;
CREATE TABLE decision (
    decision_id INTEGER PRIMARY KEY,
    article_id TEXT NOT NULL REFERENCES article (article_id),
    version INTEGER NOT NULL,
    judgement_id INTEGER NOT NULL REFERENCES judgement (judgement_id),
    story_id TEXT,
    watch TEXT NOT NULL,              -- '' for a decision that holds for all watches
    verdict TEXT NOT NULL,            -- monitor.model.Verdict: reason for alerting or not
    level TEXT NOT NULL,
    changes TEXT NOT NULL,
    note TEXT NOT NULL,
    alert_id TEXT,                    -- alert.alert_id, where there is one
    decided_at TEXT NOT NULL,
    UNIQUE (article_id, judgement_id, watch)
) STRICT;
CREATE INDEX decision_story ON decision (story_id);
CREATE INDEX decision_alert ON decision (alert_id) WHERE alert_id IS NOT NULL;
CREATE INDEX decision_at ON decision (decided_at);
CREATE TABLE verdict (
    verdict_id INTEGER PRIMARY KEY,
    target_kind TEXT NOT NULL,        -- article, story, alert, url (missed)
    target_id TEXT NOT NULL,
    article_id TEXT,                  -- the article it is counted for
    verdict TEXT NOT NULL,            -- useful, wrong, duplicate, late, missed
    reason TEXT NOT NULL,
    note TEXT NOT NULL,
    author TEXT NOT NULL,
    created_at TEXT NOT NULL,
    undone_at TEXT
) STRICT;
CREATE INDEX verdict_target ON verdict (target_kind, target_id);
CREATE INDEX verdict_article ON verdict (article_id);

-- What a finding knows of its article and story, whoever is written first.
CREATE TRIGGER finding_told AFTER INSERT ON finding BEGIN
    UPDATE finding
    SET (article_no, day) = (
            SELECT id, substr(coalesce(published, first_seen_at), 1, 10) FROM article WHERE article_id = NEW.article_id
        ),
        told = coalesce((SELECT story_id FROM story_article WHERE article_id = NEW.article_id), NEW.article_id)
    WHERE id = NEW.id;
END;
CREATE TRIGGER story_article_insert AFTER INSERT ON story_article BEGIN
    UPDATE finding SET told = NEW.story_id WHERE current AND article_id = NEW.article_id;
END;
CREATE TRIGGER story_article_update AFTER UPDATE OF story_id ON story_article BEGIN
    UPDATE finding SET told = NEW.story_id WHERE current AND article_id = NEW.article_id;
END;
CREATE TRIGGER story_article_delete AFTER DELETE ON story_article BEGIN
    UPDATE finding SET told = OLD.article_id WHERE current AND article_id = OLD.article_id;
END;
CREATE TRIGGER article_published AFTER UPDATE OF published ON article BEGIN
    UPDATE finding SET day = substr(coalesce(NEW.published, NEW.first_seen_at), 1, 10)
    WHERE current AND article_id = NEW.article_id;
END;

-- Operation

CREATE TABLE run (
    run_id INTEGER PRIMARY KEY,
    job TEXT NOT NULL,                -- daemon, crawl, judge, deliver, backup ...
    pid INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    heartbeat_at TEXT NOT NULL,
    finished_at TEXT,
    outcome TEXT NOT NULL,            -- running, done, failed, stopped, overrun, missed
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX run_job ON run (job, started_at);
CREATE TABLE event_log (
    event_id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    kind TEXT NOT NULL,               -- flood-held, quarantined, file-refused, clock ...: docs/log.md names all
    subject TEXT NOT NULL,            -- id of the source, rule, article or channel
    message TEXT NOT NULL,
    data TEXT NOT NULL,               -- JSON
    UNIQUE (at, kind, subject, message)
) STRICT;
CREATE INDEX event_log_kind ON event_log (kind, at);
CREATE TABLE local_file (             -- versions of the files of [detect] local that count
    path TEXT PRIMARY KEY,
    position INTEGER NOT NULL,        -- order in which the files count
    content BLOB,                     -- what is in force; NULL: nothing of it, or it is the configuration
    good INTEGER NOT NULL,            -- 1: in force without any problem
    since TEXT,
    problems TEXT NOT NULL,           -- JSON list of place, message, remedy: why a newer version was refused
    refused_at TEXT
) STRICT, WITHOUT ROWID;

-- Views

CREATE VIEW ledger AS
SELECT f.id, f.finding_id, f.event, f.direction, f.status, f.actor, f.object, f.country, f.place, f.overseas,
       f.money_usd, f.power_mw, f.time, f.score, f.news, f.quote, f.quote_language, f.actors, f.places, f.amounts,
       f.rule, a.article_id, a.title, a.url, a.source_id, a.language, a.published, a.first_seen_at, sa.story_id
FROM finding AS f
JOIN article AS a USING (article_id)
LEFT JOIN story_article AS sa USING (article_id)
WHERE f.current;
