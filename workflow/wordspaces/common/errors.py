"""The one exception a user sees: a line that says where, what was found, what is allowed, what to do."""


class StudyError(Exception):
    """A refusal that a user can act on.

    Parameters
    ----------
    where : the file, configuration key or artefact that is wrong.
    found : what was found there.
    allowed : what would have been accepted.
    remedy : what to do about it; may be left out where `allowed` already says it.
    """

    def __init__(self, where: object, found: str, allowed: str, remedy: str = "") -> None:
        self.where, self.found, self.allowed, self.remedy = str(where), found, allowed, remedy
        line = f"{where}: found {found}; allowed: {allowed}"
        super().__init__(f"{line}; {remedy}" if remedy else line)
