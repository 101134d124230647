"""The sections of a profile: their words, units and bounds.

Belongs here: the shape of each section. Does not belong here: the whole profile and reading it (``profile``), and
the figures (``profiles/*.yml``).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0, le=1)]
QuarterText = Annotated[str, Field(pattern=r"^\d{4}Q[1-4]$")]
#: Services whose share a profile sets. The names are those of the indicators that measure them.
SERVICES = ("A1", "A2", "A3", "A4", "A5", "A6", "C1", "C3", "C4", "C5", "C6", "D3", "D4")
EVENTS = (
    "alarm", "other_call", "residential_burglary", "bicycle_theft", "motorbike_theft", "telecom_fraud",
    "pickpocketing", "other_case", "road_accident", "property_accident", "fire", "false_fire",
    "hazard", "ticket", "mediation", "psychological_request",
)  # fmt: skip


class Section(BaseModel):
    """Unknown words are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Split(Section):
    """A committee that is split in two: its last number in ``sub_district`` opens on the quarter's first day."""

    sub_district: str
    quarter: QuarterText
    dwelling_share: Share


class Merge(Section):
    """A committee that ends: the last but one of ``sub_district`` takes over the last on the quarter's first day."""

    sub_district: str
    quarter: QuarterText


class Places(Section):
    compounds_at_start: int = Field(gt=0)
    compounds_at_end: int = Field(gt=0)
    grids: int = Field(gt=0)
    micro_grids: int = Field(ge=0)
    entrances_per_committee: float = Field(gt=0)
    officer_posts: int = Field(gt=0)
    vacant_dwelling_share: Share
    committee_size_variation: float = Field(ge=0, description="Coefficient of variation of committees' sizes.")
    valid_from: str = Field(description="First day of the areas there are at the start.")
    split: Split | None = None
    merge: Merge | None = None


class Population(Section):
    """People at the start and what changes in a quarter. Shares are of persons unless the name says otherwise."""

    residents: int = Field(gt=0, description="People who truly live in the district at the start.")
    migrant_share: Share
    overseas_share: Share
    registered_absent_share: Share = Field(description="Of the registered: living elsewhere than registered.")
    absent_within_district_share: Share = Field(description="Of those: living elsewhere in the district.")
    daytime_ratio: float = Field(gt=0, description="People in the district by day for each resident.")
    daytime_variation: float = Field(ge=0)
    daytime_counted: bool = Field(description="Whether the area list says how many people are there by day.")
    births_per_1000: float
    registered_moves_in_share: Share
    registered_moves_out_share: Share
    moves_within_share: Share
    migrant_turnover_share: Share
    overseas_turnover_share: Share
    gains_registration_share: Share = Field(description="Of migrant households: registered here in a quarter.")


class Registers(Section):
    """How well offices keep their registers."""

    dead_never_cancelled_share: Share
    dead_before_start_share: Share
    left_never_signed_off_share: Share
    migrant_never_registered_share: Share
    match_flag_wrong_share: Share
    absent_flagged_present_share: Share
    move_known_within_quarter_share: Share


class Visits(Section):
    """How population coordinators visit homes, each quarter, and what they get to know."""

    owned_home_visited_share: Share
    rented_home_visited_share: Share
    nobody_home_share: Share = Field(description="Of the visits: nobody opens, and no neighbour tells.")
    absent_member_told_share: Share = Field(description="Of members who live elsewhere alone: the family says so.")
    resident_met_share: Share = Field(description="Of people who live otherwise than registered: ever seen and noted.")
    wrong_finding_share: Share = Field(description="Of people at home where registered: noted as not living there.")


class Services(Section):
    """Who has what, and the size of the registers."""

    medical_insurance_share: Share
    social_security_share: Share
    employed_share: Share
    family_planning_per_1000_women: float
    assistance_household_share: Share
    active_volunteers_per_100: float
    volunteer_pool_ratio: float
    activities_per_volunteer: float
    rehabilitation_spells: int
    corrections_spells: int
    corrections_minors: int
    elderly_alone_listed_share: Share
    mental_disorder_per_1000: float
    youths_per_committee: float


class AreaEffects(Section):
    """How far areas differ: gamma-distributed factors of events, normal shifts of the logit of service shares."""

    event_variation_committee: float
    event_variation_sub_district: float
    service_shift_committee: float
    service_shift_sub_district: float
    quarterly_wander: float = Field(description="Standard deviation of what moves from quarter to quarter.")
    sub_district_levels: dict[str, float] = Field({}, description="General service level, a shift of the logit.")


class EventRate(Section):
    """``per_1000`` of the exposure in the last simulated quarter; a year's change runs through all quarters."""

    per_1000: float = Field(ge=0)
    exposure: Literal["residents", "households", "daytime"]
    year_change_share: float = Field(0.0, gt=-1)
    season: list[float] = Field([1.0, 1.0, 1.0, 1.0], min_length=4, max_length=4)


class Outcomes(Section):
    """How events end. Deaths and losses are those of the last quarter, with their change over a year."""

    cleared_shares: dict[Literal[EVENTS], Share]
    withdrawn_case_share: Share
    repeated_call_share: Share
    invalid_call_share: Share
    road_deaths: float
    road_deaths_year_change_share: float
    fire_loss_yuan: float = Field(description="Mean direct loss of a fire.")
    fire_loss_year_change_share: float = Field(description="Change of the total loss of a year's fires.")


class ServiceShare(Section):
    """Share served well in the last simulated quarter, and by how much its logit rises in a quarter."""

    share: float = Field(gt=0, lt=1)
    quarterly_rise: float = 0.0


class StoryStep(Section):
    """From ``first`` to ``last`` the services of the sub-districts shift, and events multiply."""

    sub_districts: list[str]
    first: QuarterText
    last: QuarterText
    service_shift: float = 0.0
    services: list[Literal[SERVICES]] = Field(list(SERVICES))
    event_factors: dict[Literal[EVENTS], float] = Field({})


class Damage(Section):
    """Shares of cells (or of files, where the name says file) that are damaged, by kind."""

    lower_case_x: Share = Field(description="Of the numbers that end in X.")
    full_width_digits: Share
    fifteen_digits: Share = Field(description="Of the people born before 1999.")
    spreadsheet_rounded: Share
    wrong_check_digit: Share
    leading_apostrophe: Share
    missing_number: Share
    mistyped_digit: Share = Field(description="One of the first 17 digits is another.")
    transposed_digits: Share = Field(description="Two neighbours of the last 12 digits change places.")
    swapped_numbers: Share = Field(description="Rows that exchange their number with the next: both numbers are valid.")
    reused_number: Share = Field(description="Rows with the valid number of somebody who is not in the file.")
    name_dot_variant: Share = Field(description="Of the names with a middle dot.")
    name_blanks: Share
    name_mistyped: Share = Field(description="One character of the given name is another.")
    name_character_lost: Share = Field(description="Of the names with a rare character, which becomes a question mark.")
    birth_date_slip: Share = Field(description="Day and month change places, or the day is off by one.")
    date_variant: Share
    impossible_date: Share
    code_variant: Share = Field(description="Cells with the code in a file of labels, or the reverse.")
    unknown_code: Share
    missing_required: Share
    duplicate_row: Share
    outside_period: Share
    renamed_headers_file: Share
    reordered_columns_file: Share
    refused_headers_file: Share
    title_row_file: Share
    note_row_file: Share
    total_row_file: Share
    signature_row_file: Share
    blank_row_file: Share
    extracts_without_row_damage: list[str] = Field(description="Where one lost row would lose an area.")


class Punctuality(Section):
    """How departments keep their due days."""

    late_share: Share = Field(description="Of the files that are in no incident.")
    mean_days_late: float = Field(ge=1, description="Of those that are late.")


class Incident(Section):
    """Something that happens to whole files of one round.

    - ``missing_month``, ``missing_department``: not sent; ``resent`` sends them after all, with a note.
    - ``unknown_column``: a column that no contract knows. ``wrong_period``: the period before's rows.
      ``resent`` sends the right file later in the round.
    - ``sent_twice``: the same bytes under another name.
    - ``late_correction``: the file of ``months_before`` months earlier again, as known in this round.
    """

    kind: Literal[
        "missing_month", "missing_department", "unknown_column", "wrong_period", "sent_twice", "late_correction"
    ]
    round: QuarterText
    extract: str | None = None
    department: str | None = None
    month: int | None = Field(None, ge=1, le=3, description="Month of the quarter; without it, all.")
    resent: bool = True

    @model_validator(mode="after")
    def _agrees(self) -> Incident:
        if (self.kind == "missing_department") != (self.department is not None):
            raise ValueError("missing_department names a department, and no other kind does")
        if (self.kind == "missing_department") == (self.extract is not None):
            raise ValueError(f"{self.kind} {'takes no' if self.extract else 'names an'} extract")
        if self.kind == "missing_month" and self.month is None:
            raise ValueError("missing_month names the month of the quarter")
        return self
