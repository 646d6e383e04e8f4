"""What the people group refuses. The API document shows each docstring's first line."""

from shared.base.errors import ApiError, Conflict, Gone, TooMany, Unauthorized


class DomainNotAllowed(ApiError):
    """The address is not of a domain of SIGN_IN_DOMAINS."""

    status = 400
    code = "domain_not_allowed"


class NoAddress(Conflict):
    """The account has no address, so nobody can sign in with a password."""

    code = "no_address"


class AddressNotVerified(Conflict):
    """The account was made by somebody who did not prove that the address is theirs."""

    code = "address_not_verified"


class OtherRole(Conflict):
    """The account exists with another role."""

    code = "other_role"


class OtherCourse(Conflict):
    """The student attends another teacher's course too: they use "Forgot the password?"."""

    code = "other_course"


class Disabled(Conflict):
    """The account is disabled; an admin of the project decides about it."""

    code = "disabled"


class OwnAccount(Conflict):
    """Nobody changes their own role or removes their own account."""

    code = "own_account"


class ClaimInvalid(Unauthorized):
    """This project did not make the claim link."""

    code = "claim_invalid"


class ClaimExpired(Gone):
    """The claim link was good for a day, which is over."""

    code = "claim_expired"


class ClaimUsed(Gone):
    """The claim link was used."""

    code = "claim_used"


class AdminExists(Conflict):
    """The project has an admin already."""

    code = "admin_exists"


class SignInFirst(Conflict):
    """There is an account with this address: the claim is for its holder, signed in."""

    code = "sign_in_first"


class TooManyClaims(TooMany):
    """Too many wrong claim links from one address."""

    code = "too_many_claims"
