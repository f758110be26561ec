"""Decision tables and chains of decisions: standard DMN files, read, checked, asked and written (docs/feel.md)."""

from engine.feel.tables.checking import check_dmn, check_tables
from engine.feel.tables.model import (
    Aggregation,
    Column,
    Decision,
    DecisionFailed,
    Formula,
    HitPolicy,
    InputData,
    Rule,
    Table,
    Tables,
    TablesRefused,
)
from engine.feel.tables.reading import read_tables
from engine.feel.tables.running import Decisions, compile_tables
from engine.feel.tables.writing import write_tables

__all__ = [
    "Aggregation",
    "Column",
    "Decision",
    "DecisionFailed",
    "Decisions",
    "Formula",
    "HitPolicy",
    "InputData",
    "Rule",
    "Table",
    "Tables",
    "TablesRefused",
    "check_dmn",
    "check_tables",
    "compile_tables",
    "read_tables",
    "write_tables",
]
