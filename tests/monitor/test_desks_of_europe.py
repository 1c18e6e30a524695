"""News of ten European languages as their desks write it: cases, nouns for verbs, short headlines; and its look-alikes."""

from __future__ import annotations

import pytest

from tests.monitor.detecting import judge

NEWS = [
    # a stop said by a noun, a participle or an idiom
    ("es", "Meta abandona Talavera y deja sin efecto una inversión de 750 millones",
     ("La dueña de Instagram comunicó ayer a la Junta que no seguirá adelante con su campus. La empresa alega retrasos"
     " en el acceso a la red eléctrica.")),
    ("it", "Amazon rinuncia al terzo data center in Brianza",
     ("Il gruppo di Seattle ha ritirato la richiesta presentata a Desio due anni fa. Secondo il sindaco, a pesare sono"
     " stati i tempi per la connessione.")),
    ("nl", "AWS zet plannen voor rekencentrum in Almere in de ijskast",
     "Door het volle stroomnet kan de clouddochter van Amazon voorlopig niet aangesloten worden."),
    ("sv", "Amazon skrinlägger bygget i Eskilstuna",
     ("Molnbolaget AWS har meddelat kommunen att man inte längre tänker bygga ut anläggningen i Svista. Beskedet kommer"
     " efter att elnätsbolaget sagt nej till mer effekt.")),
    ("fi", "Microsoftin Kirkkonummen-hanke lykkääntyy",
     ("Ohjelmistojätti on siirtänyt Kolabackenin rakennustöitä vuodella eteenpäin. Syynä on kantaverkon liitynnän"
     " viivästyminen, yhtiöstä kerrotaan.")),
    ("ru", "Selectel передумал строить третью очередь «Юрловского»",
     "Компания объяснила решение высокой ключевой ставкой. Вложить в объект планировали 7 млрд рублей."),
    # talks, said by a verb of talking
    ("nl", "'Meta praat met Vlaanderen over datacenter in Genk'",
     ("Het Amerikaanse socialemediabedrijf zou interesse hebben in de vroegere Ford-site. Dat melden bronnen rond het"
     " dossier aan deze krant.")),
    ("cs", "Allwyn a KKCG jednají o prodeji datových center firmě Digital Realty",
     "Podle zdrojů obeznámených s jednáním by transakce mohla mít hodnotu osm miliard korun."),
    ("ru", "Сбер ведёт переговоры об аренде мощностей у «Росатома» на Кольской АЭС",
     "По данным собеседников издания, Cloud.ru нужно до 80 МВт для кластера искусственного интеллекта."),
    # permits, power and chips
    ("es", "Vía libre al macrocomplejo de Meta en Talavera",
     ("El Consejo de Gobierno ha dado luz verde al proyecto con el que la dueña de Facebook prevé levantar un campus de"
     " servidores de 190 hectáreas.")),
    ("sv", "Regeringen säger ja till Metas utbyggnad i Luleå",
     "Beslutet innebär att Facebookägaren får tillstånd att bygga en fjärde hall på Hertsön."),
    ("cs", "Úřad schválil rozšíření serverovny Seznamu v Horních Počernicích",
     "Provozovatel přistaví druhou halu a zdvojnásobí kapacitu na 12 MW. Hotovo má být v létě 2027."),
    ("pt", "Google fecha compra de energia solar da Atlas para abastecer servidores em Osasco",
     "O acordo de longo prazo prevê 150 MW a partir de 2027, vindos de um parque no norte de Minas Gerais."),
    ("tr", "Turkcell 3.000 Nvidia GPU'yu Gebze'ye kurdu",
     "Operatör, yapay zekâ kümesini yıl sonuna kadar iki katına çıkaracak."),
    ("pl", "Atman powiększa kampus w Duchnicach o kolejne 14 MW",
     "Operator oddał do użytku drugi budynek i rozpoczął wznoszenie trzeciego."),
]  # fmt: skip

OTHER = [
    ("es", "Mercadona reduce un 30 % el coste de su logística con Google Cloud",
     "La cadena valenciana ha trasladado el análisis de pedidos a la plataforma de la multinacional."),
    ("it", "Intesa Sanpaolo inaugura il nuovo centro elaborazione dati di Moncalieri",
     "La banca ha investito 90 milioni nell'impianto, che ospiterà i sistemi di core banking."),
    ("pt", "Ex-chefe da AWS no Brasil assume a presidência da Tivit",
     "Cleber Nogueira liderou por sete anos a operação da companhia, período em que ela ampliou a região de São Paulo."),
    ("pt", "Equinix troca comando no Brasil",
     ("Victor Arnaud deixa a presidência da operação em janeiro, depois de seis anos. Durante sua gestão, a empresa"
     " abriu dois data centers em Barueri.")),
    ("nl", "Leaseweb schrapt zeventig banen in Amsterdam",
     "De dienstverlening in de datacenters loopt volgens het bedrijf gewoon door."),
    ("pl", "Wyniki Microsoftu lepsze od prognoz. Kurs rośnie",
     "Przychody chmury Azure zwiększyły się o 39 proc. Spółka zapowiedziała, że nakłady na centra danych wzrosną."),
    ("sv", "Microsoft slår förväntningarna – Azure växer 40 procent",
     ("Omsättningen steg till 77,7 miljarder dollar. Vd Satya Nadella säger att bolaget ska fördubbla sin"
     " datacenteryta på två år.")),
    ("fi", "Kesko säästää miljoonia siirtymällä Azureen",
     "Yli 400 sovellusta siirrettiin Microsoftin pilveen vuodessa, ja vanha konesali suljettiin."),
    ("cs", "Seznam propouští v redakcích i v IT",
     "O práci přijde 90 lidí. Správy datových center Kokura se škrty nedotknou."),
    ("tr", "Microsoft Türkiye'nin yeni genel müdürü belli oldu",
     "Levent Özbilgin daha önce Oracle'ın bölgedeki veri merkezi satışlarını yönetiyordu."),
    ("ru", "Сотрудники Amazon потребовали замедлить стройку дата-центров",
     "Открытое письмо подписали более тысячи человек. Они опасаются роста выбросов."),
    ("ru", "Selectel повысит цены на аренду серверов на 15%",
     "Провайдер объясняет это ростом стоимости оборудования и электроэнергии в дата-центрах."),
]  # fmt: skip


@pytest.mark.parametrize(("language", "title", "text"), NEWS)
def test_news_is_found_in_the_words_of_its_desk(language: str, title: str, text: str) -> None:
    assert judge(text, title, language).relevant


@pytest.mark.parametrize(("language", "title", "text"), OTHER)
def test_what_only_shares_the_words_is_no_news(language: str, title: str, text: str) -> None:
    assert not judge(text, title, language).relevant
