from data import decode
from models.inference.predictor import RunPredictor
from tests.models.conftest import cache, own_cache, tiny  # noqa: F401 - fixtures
from tools import benchmark_folder


def test_every_task_handles_all_pictures(tmp_path, tiny):  # noqa: F811
    pictures = benchmark_folder.write_pictures(tmp_path, 3)
    first, second, _ = map(decode.read, pictures)
    assert first.shape == (*benchmark_folder.SIZE, 3)
    assert (first != second).any()
    alone, several = RunPredictor.load(tiny), RunPredictor.load(tiny, streams=2)
    timed = benchmark_folder.tasks(alone, several, pictures)
    assert [timed[name]() for name in timed] == [3, 3, 3]
