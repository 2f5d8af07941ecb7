"""An item of each API, with all the fields its document names."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.demo.corpus import Seedling
from gateway.demo.credentials import (
    AITRONOS_ORGANIZATION,
    B3OS_ORGANIZATION,
    SCALE_DEX_ACCOUNT,
    SCALE_DEX_PROJECT,
)

SOURCE_TYPES = ("memory", "manual", "workflow", "connector", "run_pattern")
ENGINES = ("sgp_knowledge_base", "sgp_vector_store")


def zulu(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def aitronos_store(seedling: Seedling) -> dict[str, Any]:
    random = seedling.random
    files = random.randrange(500)
    return {
        "id": f"vs_{seedling.hex(16)}",
        "name": seedling.name,
        "description": seedling.description,
        "slice_id": f"kslice_{random.randrange(20):03}",
        "organization_id": AITRONOS_ORGANIZATION,
        "created_by": f"usr_owner{random.randrange(9)}",
        "is_active": random.random() < 0.9,  # noqa: PLR2004 - most stores are in use
        "access_mode": random.choice(("organization", "department", "private")),
        "file_count": files,
        "data_size": files * random.randrange(1, 1 << 20),
        "created_at": zulu(seedling.created),
        "updated_at": zulu(seedling.updated),
    }


def scale_dex_store(seedling: Seedling) -> dict[str, Any]:
    engine = seedling.random.choice(ENGINES)
    own_id = str(UUID(seedling.hex(32))) if engine == "sgp_knowledge_base" else f"vs_{seedling.hex(16)}"
    external = own_id if engine == "sgp_knowledge_base" else f"{SCALE_DEX_ACCOUNT}::{seedling.name}"
    return {
        "id": own_id,
        "project_id": SCALE_DEX_PROJECT,
        "name": seedling.name,
        "engine": engine,
        "created_at": zulu(seedling.created),
        "external_id": seedling.random.choice((None, external)),
    }


def b3os_entry(seedling: Seedling) -> dict[str, Any]:
    random = seedling.random
    source_type = random.choice(SOURCE_TYPES)
    return {
        "id": str(UUID(seedling.hex(32))),
        "title": seedling.name,
        "content": f"What the team knows about {seedling.name}. " * random.randrange(1, 12),
        "sourceType": source_type,
        "sourceId": f"{source_type}-{seedling.hex(8)}",
        "organizationId": B3OS_ORGANIZATION,
        "pinned": random.random() < 0.1,  # noqa: PLR2004 - few entries are pinned
        "metadata": {"confidence": round(random.random(), 2), "tags": random.sample(("a", "b", "c"), 2)},
        "createdAt": zulu(seedling.created),
        "updatedAt": zulu(seedling.updated),
        "lastAccessedAt": zulu(seedling.updated + timedelta(minutes=random.randrange(9999))),
    }
