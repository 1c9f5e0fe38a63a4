import pytest
import torch

from mbtiface.errors import SourceError
from mbtiface.networks import Generator, MobileGenerator
from mbtiface.networks.mobile import CHANNELS
from tests.train.mobile.toy_teacher import (
    ACTING,
    NUM_WS,
    RESOLUTION,
    W_DIM,
    teacher_arguments,
    toy_teacher,
)
from train.mobile.student import (
    acting_rows,
    make_student,
    student_arguments,
    teacher_channels,
    train_noise,
)


@pytest.fixture(scope="module")
def teacher() -> Generator:
    return toy_teacher()


def arguments(teacher: Generator, **changes: object) -> dict[str, object]:
    return student_arguments(teacher, teacher_arguments(teacher.c_dim), **changes)


def test_a_teacher_of_1024_px_gives_the_published_channels() -> None:
    teacher = Generator(1, 0, 1, 1024, 3)
    assert tuple(teacher_channels(teacher)) == CHANNELS


@pytest.mark.parametrize(
    ("resolution", "channels"), [(64, [16, 16, 8]), (128, [16, 16, 8, 4]), (32, [16, 16])]
)
def test_channels_follow_the_teacher(resolution: int, channels: list[int]) -> None:
    synthesis = {"channel_base": 256, "channel_max": 16}
    teacher = Generator(8, 0, 8, resolution, 3, synthesis_kwargs=synthesis)
    assert teacher_channels(teacher) == channels
    half = teacher_channels(teacher, 0.5)
    assert half == [max(4, each // 2) for each in channels]


def test_the_student_has_the_teachers_mapping_and_rows(teacher: Generator) -> None:
    student, _ = make_student(teacher, arguments(teacher))
    assert (student.num_ws, acting_rows(student.synthesis)) == (NUM_WS, ACTING)
    z = torch.randn(3, W_DIM)
    torch.testing.assert_close(
        student.eval().mapping(z, None, truncation_psi=0.7),
        teacher.mapping(z, None, truncation_psi=0.7),
    )
    assert not any(p.requires_grad for p in student.mapping.parameters())


def test_rows_after_the_acting_ones_do_not_act(teacher: Generator) -> None:
    student, _ = make_student(teacher, arguments(teacher))
    ws = torch.randn(1, NUM_WS, W_DIM, requires_grad=True)
    student.synthesis(ws).square().sum().backward()
    acts = ws.grad[0].abs().amax(1) > 0
    assert acts.tolist() == [row < ACTING for row in range(NUM_WS)]


def test_tensors_are_taken_where_shapes_allow(teacher: Generator) -> None:
    torch.manual_seed(1)
    other = MobileGenerator(W_DIM, W_DIM, 32, [16, 16], num_layers=2)
    state = other.state_dict()
    student, origins = make_student(teacher, arguments(teacher), state)
    own = student.state_dict()
    assert set(own) == {*origins.teacher, *origins.taken, *origins.new}
    assert len(own) == len(origins.teacher) + len(origins.taken) + len(origins.new)
    assert "synthesis.blocks.1.conv1.weight" in origins.taken
    assert "synthesis.head.weight" in origins.new  # the other one's has twice the channels
    assert "synthesis.blocks.2.up.weight" in origins.new  # the other one has no such block
    assert all(torch.equal(own[name], state[name]) for name in origins.taken)
    assert all(name.startswith("mapping.") for name in origins.teacher)
    shared = {name for name in own if name in state and own[name].shape == state[name].shape}
    assert {n for n in shared if not n.startswith("mapping.")} == set(origins.taken)


def test_the_same_seed_makes_the_same_student(teacher: Generator) -> None:
    first, origins = make_student(teacher, arguments(teacher), seed=3)
    torch.manual_seed(99)
    second, _ = make_student(teacher, arguments(teacher), seed=3)
    assert not origins.taken
    for name, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[name]), name


def test_new_layers_keep_the_variance(teacher: Generator) -> None:
    student, _ = make_student(teacher, arguments(teacher, channels=(64, 64, 64)))
    ws = teacher.mapping(torch.randn(16, W_DIM), None)
    with torch.no_grad():
        for block in range(3):
            rms = student.synthesis.features(ws, block).square().mean().sqrt().item()
            assert 0.3 < rms < 3, block


def test_noise_is_trained_under_the_same_names(teacher: Generator) -> None:
    student, _ = make_student(teacher, arguments(teacher))
    before = student.state_dict()
    trained = {name for name, _ in student.synthesis.named_parameters()}
    assert not any("noise" in name for name in trained)
    ws = torch.randn(2, NUM_WS, W_DIM)
    picture = student.synthesis(ws)
    train_noise(student.synthesis)
    assert set(student.state_dict()) == set(before)
    noises = [n for n, _ in student.synthesis.named_parameters() if n.endswith("noise_const")]
    assert len(noises) == 7
    torch.testing.assert_close(student.synthesis(ws), picture)


def test_labels_and_mapping_arguments_are_the_teachers() -> None:
    conditional = toy_teacher(c_dim=3)
    given = arguments(conditional)
    assert given["c_dim"] == 3
    assert given["mapping_kwargs"] == {"embed_features": 4}
    student, _ = make_student(conditional, given)
    z, c = torch.randn(2, W_DIM), torch.eye(3)[:2]
    torch.testing.assert_close(student.eval().mapping(z, c), conditional.mapping(z, c))
    assert student(z, c=c).shape == (2, 3, RESOLUTION, RESOLUTION)


def test_teachers_and_channels_that_do_not_fit_are_named(teacher: Generator) -> None:
    with pytest.raises(SourceError, match=r"Channels \[8, 8\] do not fit.*64 px has 3 blocks"):
        arguments(teacher, channels=(8, 8))
    with pytest.raises(SourceError, match="multiple of 4"):
        arguments(teacher, channels=(8, 8, 6))
    tiny = Generator(8, 0, 8, 16, 3)
    with pytest.raises(SourceError, match="16 px with 3 channels"):
        student_arguments(tiny, {})
    untracked = Generator(8, 0, 8, 32, 3, mapping_kwargs={"w_avg_beta": None})
    with pytest.raises(SourceError, match="average w"):
        student_arguments(untracked, {})
