"""The tables of the run store as a new database gets them.

A change here needs a step in migrations.py, which brings older databases here. Knows no database
and no rule beyond keys; the rules that hold between rows are in checks.py.
"""

from __future__ import annotations

import sqlalchemy as sa

METADATA = sa.MetaData()


def _of_runs(name: str, *parts: sa.schema.SchemaItem) -> sa.Table:
    """A table whose rows each belong to a run, and go with it."""
    run = sa.Column("run", sa.String(40), sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    return sa.Table(name, METADATA, run, *parts)


# fmt: off
migrations = sa.Table(
    "migrations", METADATA, sa.Column("name", sa.String(80), primary_key=True), sa.Column("applied_at", sa.Float)
)
meta = sa.Table(
    "meta", METADATA, sa.Column("key", sa.String(80), primary_key=True), sa.Column("value", sa.Text, nullable=False)
)
runs = sa.Table(
    "runs", METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("name", sa.Text, nullable=False), sa.Column("owner", sa.Text, nullable=False),
    sa.Column("preset", sa.Text), sa.Column("corpus", sa.Text, nullable=False),
    sa.Column("config", sa.Text, nullable=False),
    sa.Column("status", sa.String(16), nullable=False, index=True),
    sa.Column("pretrained", sa.Boolean, nullable=False, default=False),
    sa.Column("imported", sa.Boolean, nullable=False, default=False),  # came from a file: holds no resume state
    sa.Column("parent", sa.String(40)), sa.Column("parent_epoch", sa.Integer),
    sa.Column("parent_step", sa.BigInteger),  # of a fork from inside an epoch, whose number is then one more
    sa.Column("created_at", sa.Float, nullable=False), sa.Column("queued_at", sa.Float),
    sa.Column("started_at", sa.Float), sa.Column("ended_at", sa.Float),
    sa.Column("tokenizer", sa.Text),  # JSON, known once a trainer has read the text
    sa.Column("vocab_size", sa.Integer), sa.Column("params", sa.Integer),
    sa.Column("provenance", sa.Text),  # JSON: versions, and what the text was (title, source, licence, sha256)
    sa.Column("device", sa.Text),
    sa.Column("message", sa.Text),  # one sentence for people: why it ended, what was noticed
    sa.Column("log", sa.Text),  # the last lines of a trainer that died
    sa.Column("attempts", sa.Integer, nullable=False, default=0),  # trainers lost since the last finished epoch
    sa.Column("wanted", sa.String(16), nullable=False, default="run"),  # what the trainer is asked: run, pause, stop
    sa.Column("trainer", sa.Text),  # token of the one trainer that may write
    sa.Column("device_id", sa.String(40)),  # the slot that the trainer holds: cpu, gpu0; None when started by hand
    sa.Column("heartbeat_at", sa.Float),
    sa.Column("epochs_done", sa.Integer, nullable=False, default=0),
    sa.Column("step", sa.Integer, nullable=False, default=0),  # batches done in the epoch that is being trained
    sa.Column("steps", sa.Integer, nullable=False, default=0),  # batches in one epoch
    sa.Column("loss", sa.Float),  # mean over the epoch so far, nats
    sa.Column("chars_per_second", sa.Float), sa.Column("train_seconds", sa.Float, nullable=False, default=0.0),
    sa.Column("deleted_at", sa.Float),  # in the trash since then, by the database's clock; None: here
    # What lists of runs show, so that they parse no config and read no epoch:
    sa.Column("tags", sa.Text, nullable=False, default="[]"),  # JSON: words that people gave it, in their order
    sa.Column("task", sa.String(40)),  # of its config
    sa.Column("best_loss", sa.Float),  # of its best epoch on unseen text; nats, or what its task measures
    sa.Column("best_bits", sa.Float),  # the same in bits per character, where the task has them
    sa.Column("race", sa.String(40)),  # runs of the same one are trained by turns, by one trainer; None: alone
    sa.Column("member", sa.String(64)),  # who ordered it in a class; None: whoever the machine belongs to
    sa.Column("goes_first", sa.Boolean, nullable=False, default=False),  # nobody else trains while it does
    # What the scheduler chooses by, so that it reads no config, and no row twice:
    sa.Column("changed_at", sa.Float),  # when its status, or whether it lies in the trash, changed last
    sa.Column("asked_device", sa.String(16)),  # of its config: auto, cpu, gpu
)
# Of thousands that wait a query reads the few that it asks for. `queued` stands as text, or no index would be chosen.
QUEUED: sa.ColumnElement[str] = sa.literal_column("'queued'")
FIRST: sa.ColumnElement[bool] = sa.literal_column("goes_first")
sa.Index("runs_changed_at", runs.c.changed_at)
sa.Index("runs_trainer", runs.c.trainer)
_WAITS = runs.c.status == QUEUED
sa.Index("runs_first", runs.c.status, sqlite_where=FIRST, postgresql_where=FIRST)
sa.Index("runs_queued_person", runs.c.member, runs.c.owner, sqlite_where=_WAITS, postgresql_where=_WAITS)
points = _of_runs("points",
    sa.Column("step", sa.BigInteger, primary_key=True, autoincrement=False),  # batches since the run began
    sa.Column("seconds", sa.Float, nullable=False),  # training seconds since the run began
    sa.Column("loss", sa.Float),  # mean since the point before, nats
)
epochs = _of_runs("epochs",
    sa.Column("epoch", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("step", sa.BigInteger, nullable=False),  # batches from the start of the run to its end
    sa.Column("metrics", sa.Text, nullable=False),  # JSON: loss, val_loss, bits_per_char, seconds, ...
    sa.Column("created_at", sa.Float, nullable=False),
    sa.UniqueConstraint("run", "step"),
)
moments = _of_runs("moments",  # what was measured inside the epochs
    sa.Column("step", sa.BigInteger, primary_key=True, autoincrement=False),  # batches since the run began
    sa.Column("epoch", sa.Float, nullable=False),  # 0.25: a quarter into the first
    sa.Column("metrics", sa.Text, nullable=False),  # JSON, as those of an epoch
    sa.Column("created_at", sa.Float, nullable=False),
)
checkpoints = _of_runs("checkpoints",
    sa.Column("step", sa.BigInteger, primary_key=True, autoincrement=False),  # batches since the run began
    sa.Column("epoch", sa.Float, nullable=False),  # 0.25: a quarter into the first
    sa.Column("sha256", sa.String(64), nullable=False), sa.Column("arrays", sa.LargeBinary, nullable=False),
    sa.Column("pinned", sa.Boolean, nullable=False, default=False),  # a person keeps it, whatever comes after
)
samples = _of_runs("samples",
    sa.Column("step", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("epoch", sa.Float, nullable=False),
    sa.Column("temperature", sa.Float, primary_key=True),
    sa.Column("prompt", sa.Text, nullable=False),
    sa.Column("seed", sa.Integer, nullable=False), sa.Column("text", sa.Text, nullable=False),
)
resume = _of_runs("resume",  # where the run stands, and stood after the epochs that forks begin with
    sa.Column("epoch", sa.Integer, primary_key=True, autoincrement=False),  # finished epochs it stands after
    sa.Column("step", sa.Integer, primary_key=True, autoincrement=False),  # batches done of the next one
    sa.Column("state", sa.Text, nullable=False),  # JSON
    sa.Column("sha256", sa.String(64), nullable=False), sa.Column("arrays", sa.LargeBinary, nullable=False),
)
texts = sa.Table(
    "texts", METADATA,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("chars", sa.Integer, nullable=False), sa.Column("vocab", sa.Integer, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),  # zlib of the UTF-8
    sa.Column("encoding", sa.Text),  # that the file was read in; None for a paste, and where nobody wrote it down
    sa.Column("original", sa.LargeBinary),  # zlib of the file, where it could be read in another encoding too
    sa.Column("deleted_at", sa.Float),  # as of runs
    sa.Column("member", sa.String(64)),  # as of runs
    sa.Column("shared", sa.Boolean, nullable=False, default=False),  # others of the class may read it
    sa.UniqueConstraint("sha256", "member"),  # nobody learns what another has brought
)
classes = sa.Table(
    "classes", METADATA,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("code", sa.String(16), nullable=False), sa.Column("pin_hash", sa.Text, nullable=False),
    sa.Column("opened_at", sa.Float, nullable=False), sa.Column("closes_at", sa.Float, nullable=False),
    sa.Column("ended_at", sa.Float),  # None of the one that is open
    sa.Column("settings", sa.Text, nullable=False, default="{}"),  # JSON
)
members = sa.Table(
    "members", METADATA,
    sa.Column("class", sa.String(40), primary_key=True),
    sa.Column("id", sa.String(64), primary_key=True),  # SHA-256 of the browser's id, which is nowhere written down
    sa.Column("nickname", sa.Text, nullable=False), sa.Column("role", sa.String(16), nullable=False),
    sa.Column("joined_at", sa.Float, nullable=False), sa.Column("seen_at", sa.Float, nullable=False),
    sa.Column("number", sa.Integer, nullable=False, default=0),  # among those of the role, as they joined; from 1
)
accounts = sa.Table(
    "accounts", METADATA,  # of an OpenID Connect provider, that have signed in
    sa.Column("id", sa.String(64), primary_key=True),  # a keyed checksum of issuer and subject, which are kept nowhere
    sa.Column("nickname", sa.Text, nullable=False), sa.Column("role", sa.String(16), nullable=False),
)
sign_ins = sa.Table(
    "sign_ins", METADATA,  # one for each browser that is signed in
    sa.Column("id", sa.String(64), primary_key=True),  # SHA-256 of what its cookie says
    sa.Column("account", sa.String(64), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("until", sa.Float, nullable=False),
)
acts = sa.Table(
    "acts", METADATA,  # what somebody did, in a class
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("member", sa.String(64)), sa.Column("who", sa.Text, nullable=False),  # the name at that time
    sa.Column("act", sa.String(40), nullable=False), sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("thing", sa.String(64)), sa.Column("name", sa.Text, nullable=False),  # its id, and its name at that time
)
scheduler = sa.Table(
    "scheduler", METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),  # one row: 1
    sa.Column("token", sa.Text),
    sa.Column("heartbeat_at", sa.Float, nullable=False, default=0.0),
    sa.Column("wanted_at", sa.Float, nullable=False, default=0.0),
    sa.Column("state", sa.Text, nullable=False, default="{}"),  # JSON: devices, slots, warm trainers
)
# fmt: on

# PostgreSQL keeps long values out of the row by itself, in pieces that it first tries to compress. Weights do not
# shrink, and texts are packed already: as they are. Rows of runs are written anew twice a second while they train:
# with room on their page no index needs to be told.
ON_POSTGRESQL = (
    "ALTER TABLE checkpoints ALTER COLUMN arrays SET STORAGE EXTERNAL",
    "ALTER TABLE resume ALTER COLUMN arrays SET STORAGE EXTERNAL",
    "ALTER TABLE texts ALTER COLUMN content SET STORAGE EXTERNAL, ALTER COLUMN original SET STORAGE EXTERNAL",
    "ALTER TABLE runs SET (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02)",
    "ALTER TABLE scheduler SET (fillfactor = 10)",
)
for _order in ON_POSTGRESQL:
    sa.event.listen(METADATA, "after_create", sa.DDL(_order).execute_if(dialect="postgresql"))
