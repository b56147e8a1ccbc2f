"""From which age minors may consent alone to outpatient care, state by state. THIS IS NOT LEGAL ADVICE.

An entry changes nothing until a person of the program has read today's statute and confirmed it (`law.Confirmation`).
A state or a service that is not here has no entry on purpose: nobody was certain of its age or its citation, a bill
that would change it was under way (Ohio 5122.04, South Carolina 63-5-340), or its statute names no age and leaves
to judgement who is meant (among others Florida, Maine, Minnesota, New York, North Carolina, Texas, Virginia), or what
it allows is narrower than a program (Illinois: eight sessions; Kentucky: counselling by physicians). There the default
holds, and it is closed. A program that knows better adds an entry of its own with its citation.

An intensive outpatient program is outpatient care in every entry; a statute that allows a few visits only is left out,
since such a program would be past them within weeks.
"""

from datetime import date
from typing import Final

from rejoin.domain.consent.law import Basis, Condition, Law, Majority, MinorRule, Service

READ_ON: Final = date(2026, 11, 30)
MATURE: Final = Condition(
    code="mature_enough",
    says="in the professional's opinion she is mature enough to take part intelligently, or to give informed consent",
)
WILLING: Final = Condition(code="willingly", says="she seeks the care knowingly and of her own will")
INDICATED: Final = Condition(
    code="clinically_indicated", says="the care is clinically indicated and necessary to her well-being"
)
TWO_PHYSICIANS: Final = Condition(
    code="dependent_by_two_physicians", says="two or more physicians found her to be drug dependent"
)
PHYSICIAN_VERIFIED: Final = Condition(
    code="verified_by_physician", says="a physician verified the dependence that is to be treated"
)

MINORS: Final = (
    MinorRule(
        state="CA",
        service=Service.MENTAL_HEALTH,
        from_age=12,
        cite="Cal. Health & Safety Code 124260; Cal. Fam. Code 6924",
        covers="Outpatient treatment or counselling by a professional person. No psychotropic drugs.",
        conditions=(MATURE,),
        telling="Her guardian is to be involved, unless the professional, after consulting with her, finds that "
        "inappropriate; attempts and reasons are written down.",
        basis=Basis.TEXT,
        read_at="https://jurris.com/california/health-and-safety-code/124260 , "
        "https://psychology.ca.gov/laws_regs/ab_665.shtml",
        as_of="AB 665 (2023), in force since 2024-07-01",
        checked_on=READ_ON,
    ),
    MinorRule(
        state="CA",
        service=Service.SUBSTANCE_USE,
        from_age=12,
        cite="Cal. Fam. Code 6929",
        covers="Medical care, and counselling under a contract with the state or a county, for a problem with drugs or "
        "alcohol. Medicines that replace narcotics have rules of their own.",
        telling="The plan involves her guardian where the professional finds that appropriate; attempts and reasons are "
        "written down.",
        basis=Basis.TEXT,
        read_at="https://law.onecle.com/california/family/6929.html",
        as_of="an undated copy, of before 2019",
        before_confirming="whether the program's counselling is under such a contract, what it says of medicines by age, "
        "and of a guardian who asks for the care herself",
        checked_on=READ_ON,
    ),
    MinorRule(
        state="CO",
        service=Service.MENTAL_HEALTH,
        from_age=12,
        cite="C.R.S. 12-245-203.5",
        covers="Psychotherapy by a licensed mental health professional or a candidate. No medicines.",
        conditions=(WILLING, INDICATED),
        telling="With her consent, unless telling would harm her care; without it, where she cannot manage her care. The "
        "professional talks with her about involving her guardian.",
        basis=Basis.TEXT,
        read_at="https://colorado.public.law/statutes/crs_12-245-203.5",
        as_of="2024 session",
        checked_on=READ_ON,
    ),
    MinorRule(
        state="DE",
        service=Service.SUBSTANCE_USE,
        from_age=14,
        cite="16 Del. C. 2210(b)",
        covers="Voluntary nonresidential treatment by a licensed treatment facility. A guardian may consent as well.",
        basis=Basis.TEXT,
        read_at="https://e.casetext.com/statute/delaware-code/title-16-health-and-safety/part-ii-regulatory-provisions-"
        "concerning-public-health/chapter-22-substance-abuse-treatment-act/section-2210-voluntary-treatment-for-substance-"
        "abuse",
        as_of="2024 session, chapter 510",
        checked_on=READ_ON,
    ),
    MinorRule(
        state="HI",
        service=Service.MENTAL_HEALTH,
        from_age=14,
        cite="HRS 577-29",
        covers="Treatment or counselling by a licensed mental health professional. No medicines, nothing residential.",
        conditions=(MATURE,),
        telling="Her guardian is to be involved, unless the professional, after consulting with her, finds that "
        "inappropriate.",
        basis=Basis.TEXT,
        read_at="https://capitolwebsite.azurewebsites.net/sessions/session2019/Bills/HB584_.HTM",
        as_of="the law as a bill of 2019 quotes it",
        before_confirming="the amendments since 2020 on who may give the care and on keeping it confidential",
        checked_on=READ_ON,
    ),
    MinorRule(
        state="IL",
        service=Service.SUBSTANCE_USE,
        from_age=12,
        cite="410 ILCS 210/4",
        covers="Health care or counselling for a substance use disorder of hers, or for what one in her family does to her.",
        telling="With her consent, reasonable efforts to involve her family where that does not harm her care.",
        basis=Basis.TEXT,
        read_at="https://ilga.gov/legislation/ilcs/fulltext.asp?DocName=041002100K4",
        as_of="P.A. 101-214 (2019)",
        checked_on=READ_ON,
    ),
    MinorRule(
        state="MA",
        service=Service.SUBSTANCE_USE,
        from_age=12,
        cite="M.G.L. c. 112, s. 12E",
        covers="Hospital and medical care for drug dependency.",
        conditions=(TWO_PHYSICIANS,),
        basis=Basis.SUMMARY,
        read_at="https://docsbay.net/when-minor-s-can-consent-to-medical-treatment",
        as_of="an undated summary of the public defender's office",
        before_confirming="whether counselling is covered, and what it excludes",
        checked_on=READ_ON,
    ),
    MinorRule(
        state="MD",
        service=Service.MENTAL_HEALTH,
        from_age=12,
        cite="Md. Code, Health-Gen. 20-104",
        covers="Consultation, diagnosis and treatment of a mental or emotional disorder. Medicines from 16.",
        conditions=(MATURE,),
        telling="The provider may tell her guardian and need not, unless telling would harm her or keep her from care.",
        basis=Basis.TEXT,
        read_at="https://codes.findlaw.com/md/health-general/md-code-health-gen-sect-20-104/",
        as_of="2021-12-31",
        checked_on=READ_ON,
    ),
    MinorRule(
        state="MT",
        service=Service.MENTAL_HEALTH,
        from_age=16,
        cite="Mont. Code Ann. 53-21-112(2)",
        covers="Mental health services of a facility, a physician or a licensed mental health professional.",
        basis=Basis.TEXT,
        read_at="https://lexace.ai/us/statute/montana/53-21-112",
        as_of="not told",
        checked_on=READ_ON,
    ),
    MinorRule(
        state="NJ",
        service=Service.MENTAL_HEALTH,
        from_age=16,
        cite="N.J.S.A. 9:17A-4",
        covers="Temporary outpatient treatment of a mental illness or an emotional disorder. No medicines.",
        telling="Neither she nor the professional has to report the treatment.",
        basis=Basis.TEXT,
        read_at="https://print.casetext.com/statute/new-jersey-statutes/title-9-children-juvenile-and-domestic-"
        "relations-courts/chapter-917a-consent-by-minor-to-medical-surgical-care/section-917a-4-consent-by-minor-to-"
        "treatment",
        as_of="L. 2024, c. 80",
        before_confirming="whether a bill of the session of 2026 lowered the age to 14",
        checked_on=READ_ON,
    ),
    MinorRule(
        state="NM",
        service=Service.MENTAL_HEALTH,
        from_age=14,
        cite="NMSA 1978, 32A-6A-15",
        covers="Psychotherapy alone and in groups, family therapy, counselling and other verbal treatment. She is presumed "
        "to be able to consent; two clinicians may find otherwise (32A-6A-16).",
        telling="Involving her custodians is to be promoted; her right to consent to telling is not limited by it.",
        basis=Basis.TEXT,
        read_at="https://instalawyer.io/laws/2021-new-mexico-statutes/section-32a-6a-15-consent-for",
        as_of="2021; quoted unchanged by a bill of 2025",
        before_confirming="whether the Children's Code was changed after the study asked for in 2025",
        checked_on=READ_ON,
    ),
    MinorRule(
        state="NM",
        service=Service.SUBSTANCE_USE,
        from_age=14,
        cite="NMSA 1978, 32A-6A-15",
        covers="Treatment of substance abuse, verbal. She is presumed to be able to consent; two clinicians may find "
        "otherwise (32A-6A-16).",
        telling="Involving her custodians is to be promoted; her right to consent to telling is not limited by it.",
        basis=Basis.TEXT,
        read_at="https://instalawyer.io/laws/2021-new-mexico-statutes/section-32a-6a-15-consent-for",
        as_of="2021; quoted unchanged by a bill of 2025",
        before_confirming="whether the Children's Code was changed after the study asked for in 2025",
        checked_on=READ_ON,
    ),
    MinorRule(
        state="OR",
        service=Service.MENTAL_HEALTH,
        from_age=14,
        cite="ORS 109.675",
        covers="Outpatient diagnosis or treatment of a mental or emotional disorder.",
        telling="Her parents are involved before the end of treatment, unless they refuse, the record shows clear reasons "
        "against it, there was sexual abuse, or she lives apart. ORS 109.680 says when a provider may tell.",
        basis=Basis.TEXT,
        read_at="https://newinsightspsychology.com/minor-rights/",
        as_of="an undated quotation",
        before_confirming="whether ORS 109.680 was widened (a bill of 2025 would have)",
        checked_on=READ_ON,
    ),
    MinorRule(
        state="OR",
        service=Service.SUBSTANCE_USE,
        from_age=14,
        cite="ORS 109.675",
        covers="Outpatient diagnosis or treatment of a chemical dependency. No methadone maintenance.",
        telling="Her parents are involved before the end of treatment, unless they refuse, the record shows clear reasons "
        "against it, there was sexual abuse, or she lives apart. ORS 109.680 says when a provider may tell.",
        basis=Basis.TEXT,
        read_at="https://newinsightspsychology.com/minor-rights/",
        as_of="an undated quotation",
        before_confirming="whether ORS 109.680 was widened (a bill of 2025 would have)",
        checked_on=READ_ON,
    ),
    MinorRule(
        state="PA",
        service=Service.MENTAL_HEALTH,
        from_age=14,
        cite="35 P.S. 10101.1(a)(2)",
        covers="Voluntary outpatient treatment. A guardian may consent as well, and neither undoes the other's consent.",
        basis=Basis.TEXT,
        read_at="https://www.pa.gov/agencies/dhs/resources/mental-health-substance-use-disorder/act-65-of-2020 , "
        "https://govt.westlaw.com/pac/Document/N67D94500D26A11EA93CAAA8D5255C4BE",
        as_of="Act 65 of 2020, in force since 2020-09-21",
        before_confirming="whether the age was raised to 16 (House Bill 83 of 2025)",
        checked_on=READ_ON,
    ),
    MinorRule(
        state="VT",
        service=Service.SUBSTANCE_USE,
        from_age=12,
        cite="18 V.S.A. 4226",
        covers="Treatment of dependence on drugs or alcohol.",
        conditions=(PHYSICIAN_VERIFIED,),
        basis=Basis.SUMMARY,
        read_at="https://minors.uslegal.com/age-of-majority/vermont-age-of-majority-law/",
        as_of="an undated summary",
        before_confirming="when her guardian has to be told",
        checked_on=READ_ON,
    ),
    MinorRule(
        state="WA",
        service=Service.MENTAL_HEALTH,
        from_age=13,
        cite="RCW 71.34.530; RCW 71.34.020",
        covers="Outpatient behavioural health treatment of an adolescent: from 13 to 17.",
        basis=Basis.TEXT,
        read_at="https://instalawyer.io/laws/revised-code-of-washington/7134530-outpatient-treatment-of",
        as_of="2019 c 381",
        before_confirming="what a parent who asked for the care herself is told (RCW 70.02.240)",
        checked_on=READ_ON,
    ),
    MinorRule(
        state="WA",
        service=Service.SUBSTANCE_USE,
        from_age=13,
        cite="RCW 71.34.530; RCW 71.34.020",
        covers="Outpatient behavioural health treatment of an adolescent, substance use disorder included: from 13 to 17.",
        basis=Basis.TEXT,
        read_at="https://instalawyer.io/laws/revised-code-of-washington/7134530-outpatient-treatment-of",
        as_of="2019 c 381",
        before_confirming="what a parent who asked for the care herself is told (RCW 70.02.240)",
        checked_on=READ_ON,
    ),
    MinorRule(
        state="WI",
        service=Service.SUBSTANCE_USE,
        from_age=12,
        cite="Wis. Stat. 51.47",
        covers="Prevention, assessment and treatment of the abuse of alcohol or other drugs by a physician or a health care "
        "facility. No surgery, no inpatient care but a short detoxification, and not every controlled substance.",
        telling="The attorney general's opinion of 1988 (77 Op. Att'y Gen. 187): of outpatient services information is given "
        "with the minor's consent alone. The statute also speaks of telling a guardian as soon as practicable.",
        basis=Basis.SUMMARY,
        read_at="https://e.casetext.com/case/opinion-no-oag-42-7",
        as_of="1988, and the Legislative Reference Bureau's analyses of 1995 and 1997",
        before_confirming="the limits of subsection (2), and when her guardian has to be told",
        checked_on=READ_ON,
    ),
)  # fmt: skip

MAJORITIES: Final = (
    Majority(state="AL", age=19, cite="Ala. Code 26-1-1"),
    Majority(state="MS", age=21, cite="Miss. Code 1-3-27"),
    Majority(state="NE", age=19, cite="Neb. Rev. Stat. 43-2101"),
)

AS_SHIPPED: Final = Law(rules=MINORS, majorities=MAJORITIES)
"""Nothing in it is confirmed."""
