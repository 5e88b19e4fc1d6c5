"""Names of invented people: how each is usually written, how else, and how in its own script."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Name:
    """`spellings` are other ways to write it in Latin letters; `script` is Sinhala or Tamil."""

    latin: str
    spellings: tuple[str, ...]
    script: str


@dataclass(frozen=True)
class Tongue:
    """Names that go together; the first ones are the most common. `share` is that of the people."""

    share: float
    given: tuple[Name, ...]
    family: tuple[Name, ...]


def _names(table: str) -> tuple[Name, ...]:
    """One name a line: the usual spelling, other ones after `/`, then `|` and the script."""
    names = []
    for line in table.strip().splitlines():
        latin, _, script = line.partition("|")
        first, *others = (word.strip() for word in latin.split("/"))
        names.append(Name(first, tuple(others), script.strip()))
    return tuple(names)


SINHALA = Tongue(
    share=0.7,
    given=_names(
        """
        Nimal | නිමල්
        Kasun | කසුන්
        Dilani / Dilaani | දිලානි
        Ruwan / Ruvan | රුවන්
        Sanduni | සඳුනි
        Tharindu / Tarindu | තරිඳු
        Chamari / Chamaree | චමරි
        Priyantha / Priyanta | ප්‍රියන්ත
        Sunil | සුනිල්
        Kumari / Kumaree | කුමාරි
        Nadeesha / Nadisha | නදීෂා
        Lakmal | ලක්මාල්
        Chathura / Chatura | චතුර
        Dinesh | දිනේෂ්
        Malini | මාලිනි
        Saman | සමන්
        Nimali | නිමාලි
        Upul | උපුල්
        Thilini / Tilini | තිලිනි
        Gayan | ගයාන්
        Hiruni | හිරුනි
        Janaka | ජානක
        Nuwan / Nuvan | නුවන්
        Roshan | රොෂාන්
        Sachini | සචිනි
        Anura | අනුර
        Kanthi / Kanti | කාන්ති
        Mahesh | මහේෂ්
        Pradeep / Pradip | ප්‍රදීප්
        Wasantha / Vasantha | වසන්ත
        """
    ),
    family=_names(
        """
        Perera / Pereira | පෙරේරා
        Fernando / Fernandu | ප්‍රනාන්දු
        Silva / Sylva | සිල්වා
        Bandara / Bandaara | බණ්ඩාර
        Jayasinghe / Jayasingha / Jayasinhe | ජයසිංහ
        Rajapakse / Rajapaksa / Rajapaksha | රාජපක්ෂ
        Wickramasinghe / Wickremesinghe / Wickramasingha | වික්‍රමසිංහ
        Dias / Diyas | ඩයස්
        Gunawardena / Gunawardhana / Gunewardene | ගුණවර්ධන
        Dissanayake / Dissanayaka / Disanayake | දිසානායක
        Herath / Herat | හේරත්
        Karunaratne / Karunarathna / Karunaratna | කරුණාරත්න
        Liyanage / Liyanagey | ලියනගේ
        Mendis / Mendiz | මෙන්ඩිස්
        Ranasinghe / Ranasingha | රණසිංහ
        Senanayake / Senanayaka | සේනානායක
        Weerasinghe / Weerasingha / Veerasinghe | වීරසිංහ
        Abeysekara / Abeysekera | අබේසේකර
        Jayawardena / Jayawardhana / Jayewardene | ජයවර්ධන
        Samarasinghe / Samarasingha | සමරසිංහ
        Peiris / Pieris | පීරිස්
        Rathnayake / Ratnayake / Rathnayaka | රත්නායක
        Amarasekara / Amarasekera | අමරසේකර
        Ekanayake / Ekanayaka | ඒකනායක
        """
    ),
)
TAMIL = Tongue(
    share=0.18,
    given=_names(
        """
        Ravi | ரவி
        Meena / Mina | மீனா
        Kumar / Kumaar | குமார்
        Selvi | செல்வி
        Priya / Piriya | பிரியா
        Suresh | சுரேஷ்
        Kavitha / Kavita | கவிதா
        Rajan | ராஜன்
        Anitha / Anita | அனிதா
        Senthil / Sentil | செந்தில்
        Arjun / Arjoon | அர்ஜுன்
        Mohan | மோகன்
        Devi | தேவி
        Vasanthi / Vasanti | வசந்தி
        """
    ),
    family=_names(
        """
        Selvam | செல்வம்
        Sivakumar / Shivakumar | சிவகுமார்
        Rajaratnam / Rajaretnam | ராஜரத்னம்
        Kandasamy / Kandasami | கந்தசாமி
        Nadarajah / Nadaraja | நடராஜா
        Balasubramaniam / Balasubramanium | பாலசுப்ரமணியம்
        Ganeshan / Ganesan | கணேசன்
        Thiruchelvam / Tiruchelvam | திருசெல்வம்
        Yogarajah / Yogaraja | யோகராஜா
        Krishnan / Kirishnan | கிருஷ்ணன்
        """
    ),
)
MOOR = Tongue(
    share=0.12,
    given=_names(
        """
        Mohamed / Mohammed / Mohamad | முகமது
        Fathima / Fatima / Fathimah | பாத்திமா
        Rizwan / Riswan | ரிஸ்வான்
        Ayesha / Aisha | ஆயிஷா
        Imran | இம்ரான்
        Hassan / Hasan | ஹசன்
        Zainab / Sainab | ஸைனப்
        Nazreen / Nasreen | நஸ்ரீன்
        """
    ),
    family=_names(
        """
        Nazeer / Nazir | நசீர்
        Mohideen / Mohiden | மொஹிதீன்
        Cader / Kader | காதர்
        Marikkar / Marikar | மரிக்கார்
        Hameed / Hamid | ஹமீத்
        Farook / Faruk / Farouk | பாரூக்
        Ismail / Ismayil | இஸ்மாயில்
        Jabbar / Jabar | ஜப்பார்
        """
    ),
)
TONGUES = (SINHALA, TAMIL, MOOR)
STREETS = ("Galle Road", "Temple Road", "Lake Drive", "Station Road", "Flower Road", "Hill Street", "Beach Road")
CITIES = ("Colombo", "Kandy", "Galle", "Jaffna", "Negombo", "Matara", "Kurunegala")
