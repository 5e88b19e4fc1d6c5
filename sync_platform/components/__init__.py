"""The Dagster face: components that turn declarations into assets, checks, sensors, schedules and jobs."""

from sync_platform.components.day_rules import DayRules
from sync_platform.components.dead_letters import DeadLetters
from sync_platform.components.duplicates import Duplicates
from sync_platform.components.freshness_verdicts import FreshnessVerdicts
from sync_platform.components.orphaned_runs import OrphanedRuns
from sync_platform.components.partner_system import PartnerSystem
from sync_platform.components.reports import Reports
from sync_platform.components.retention import Retention
from sync_platform.components.source_totals import SourceTotals
from sync_platform.components.stock_reconciliation import StockReconciliation

__all__ = [
    "DayRules",
    "DeadLetters",
    "Duplicates",
    "FreshnessVerdicts",
    "OrphanedRuns",
    "PartnerSystem",
    "Reports",
    "Retention",
    "SourceTotals",
    "StockReconciliation",
]
