"""Which check stands behind the shapes and types that signatures declare?

The import hook of `conftest.py` names this function to jaxtyping. An int is taken where a float
is declared, as type checkers do (PEP 484, "The numeric tower").
"""

from beartype import BeartypeConf, beartype

check = beartype(conf=BeartypeConf(is_pep484_tower=True))
