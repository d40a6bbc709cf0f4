"""What somebody makes is theirs, and the teacher's belongs to the machine."""

from rnnkit.people.person import OWNER, Person, Role


def test_a_teacher_and_the_owner_make_things_of_the_machine_and_others_their_own():
    assert Person("a", "Ann", Role.PUPIL).member == "a"
    assert Person("a", "Ann", Role.TEACHER).member is OWNER.member is None
    assert [role for role in Role if Person("a", "", role).leads] == [Role.OWNER, Role.TEACHER]
