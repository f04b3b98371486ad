"""A quiz through its pages: what they show, to whom, and what they never tell."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.clock import now
from people.models import User
from people.permissions import Role
from tests.factories.conference import make_user
from tests.factories.training import RIGHT, make_learner, make_module, make_quiz
from tests.integration.training.answering import sent
from training.models import Attempt, Question, Quiz
from training.quiz import attempting
from training.quiz.domain import review

pytestmark = pytest.mark.django_db
SECRETS = ["weight", "feedback", "Đúng rồi", "Không phải Ban Bí thư", "Xem trang 1", "Sai mất rồi", "Đúng thế", "Khoảng ba mươi"]
SECRETS += ["Thăng Long", "fraction", "tolerance", "is-right"]


def client_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def quiz() -> Quiz:
    return make_quiz(make_module(), max_attempts=2)


@pytest.fixture
def person(quiz: Quiz) -> User:
    return make_learner(quiz.activity.module)


@pytest.fixture
def client(person: User) -> Client:
    return client_of(person)


def begin(client: Client, quiz: Quiz) -> Attempt:
    assert client.post(f"/trac-nghiem/{quiz.public_id}/bat-dau/").status_code == 302
    return Attempt.objects.latest("pk")


def post_json(client: Client, url: str, body: Any) -> Any:
    return client.post(url, json.dumps(body), content_type="application/json", headers={"Accept": "application/json"})


def test_quiz_when_taken_without_script_is_graded(client: Client, quiz: Quiz) -> None:
    attempt = begin(client, quiz)
    page = client.get(f"/luot-thi/{attempt.public_id}/")
    assert page.status_code == 200
    form: dict[str, Any] = {"key": "abc", "seq": "0"}
    form |= {f"q{number}": list(values) for number, values in sent(attempt, RIGHT).items()}
    answer = client.post(f"/luot-thi/{attempt.public_id}/nop-bai/", form, follow=True)
    assert answer.redirect_chain == [(f"/luot-thi/{attempt.public_id}/ket-qua/", 302)]
    attempt.refresh_from_db()
    assert (attempt.state, attempt.mark, attempt.passed) == ("finished", 6, True)
    assert "6/6" in answer.content.decode()


def test_number_when_something_else_was_typed_is_asked_about_once(client: Client, quiz: Quiz) -> None:
    attempt = begin(client, quiz)
    url = f"/luot-thi/{attempt.public_id}/"
    assert 'aria-invalid="true"' not in client.get(url).content.decode()
    (number,) = sent(attempt, {"Bốn": ("abc",)})
    form = {"key": "abc", "seq": "0", f"q{number}": "abc"}
    page = client.post(f"{url}nop-bai/", form, follow=True)
    assert page.redirect_chain == [(url, 302)]
    text = page.content.decode()
    assert 'aria-invalid="true"' in text and 'value="abc"' in text and "Chưa nộp bài" in text
    again = client.post(f"{url}nop-bai/", {**form, "seq": "1"}, follow=True)
    assert again.redirect_chain == [(f"{url}ket-qua/", 302)]


def test_pages_when_the_attempt_runs_tell_nothing_about_right_answers(client: Client, quiz: Quiz) -> None:
    attempt = begin(client, quiz)
    url = f"/luot-thi/{attempt.public_id}/"
    saved = post_json(client, f"{url}luu/", {"seq": 0, "answers": {n: list(v) for n, v in sent(attempt, RIGHT).items()}})
    stale = post_json(client, f"{url}luu/", {"seq": 0, "answers": {1: []}})
    frames = [client.get(path).content.decode() for path in (url, f"/trac-nghiem/{quiz.public_id}/", "/hoc-tap/", "/")]
    frames += [saved.content.decode(), stale.content.decode()]
    for frame in frames:
        assert [secret for secret in SECRETS if secret in frame] == []
    assert saved.json().keys() == {"seq", "saved_ms", "deadline_ms"}


def test_result_when_right_answers_are_not_open_yet_hides_them(client: Client, quiz: Quiz) -> None:
    attempt = begin(client, quiz)
    url = f"/luot-thi/{attempt.public_id}/"
    body = {"key": "k", "seq": 0, "answers": {n: list(v) for n, v in sent(attempt, {"Ba": ("false",)}).items()}}
    assert post_json(client, f"{url}nop-bai/", body).json() == {"url": f"{url}ket-qua/"}
    page = client.get(f"{url}ket-qua/").content.decode()
    assert [secret for secret in SECRETS if secret in page] == []
    assert "Bộ Chính trị" not in page  # the right answer of a question that was not answered
    Quiz.objects.update(opens_at=None, closes_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
    page = client.get(f"{url}ket-qua/").content.decode()
    assert "Bộ Chính trị" in page
    assert "Sai mất rồi" in page


def test_result_when_somebody_answers_the_closed_quiz_still_hides_the_right_answers(client: Client, quiz: Quiz) -> None:
    mine, other = begin(client, quiz), begin(client_of(make_learner(quiz.activity.module)), quiz)
    post_json(client, f"/luot-thi/{mine.public_id}/nop-bai/", {"key": "k", "seq": 0, "answers": {}})
    Quiz.objects.update(opens_at=None, closes_at=now() - dt.timedelta(minutes=1))
    Attempt.objects.filter(pk=other.pk).update(deadline=now() + dt.timedelta(minutes=59))
    result = f"/luot-thi/{mine.public_id}/ket-qua/"
    page = client.get(result).content.decode()
    assert "Bộ Chính trị" not in page and "không còn ai đang làm bài" in page
    Attempt.objects.filter(pk=other.pk).update(deadline=now() - dt.timedelta(minutes=1))
    assert "Bộ Chính trị" in client.get(result).content.decode()


def hand_in(client: Client, quiz: Quiz, answers: dict[str, tuple[str, ...]]) -> str:
    """The path of the result of a new attempt with these answers."""
    attempt = begin(client, quiz)
    body = {"key": "k", "seq": 0, "answers": {n: list(v) for n, v in sent(attempt, answers).items()}}
    return post_json(client, f"/luot-thi/{attempt.public_id}/nop-bai/", body).json()["url"]


def test_result_when_answers_wait_until_one_is_settled(client: Client, quiz: Quiz) -> None:
    Quiz.objects.update(review=review.dump(review.showing_solution(review.Solution.SETTLED)), closes_at=None, max_attempts=3)
    first = hand_in(client, quiz, {"Ba": ("false",)})
    page = client.get(first).content.decode()
    assert [secret for secret in SECRETS if secret in page] == []
    assert "Đáp án được công bố khi đồng chí đã đạt hoặc đã làm hết các lượt." in page
    hand_in(client, quiz, RIGHT)
    page = client.get(first).content.decode()
    assert "Bộ Chính trị" in page and "Đáp án được công bố" not in page
    begin(client, quiz)
    page = client.get(first).content.decode()
    assert [secret for secret in SECRETS if secret in page] == []
    assert "Đáp án được công bố khi đồng chí nộp xong lượt đang làm." in page


def test_result_when_no_attempt_is_left_shows_the_right_answers(client: Client, quiz: Quiz) -> None:
    Quiz.objects.update(review=review.dump(review.showing_solution(review.Solution.SETTLED)), closes_at=None)
    first = hand_in(client, quiz, {"Ba": ("false",)})
    last = begin(client, quiz)
    assert "Bộ Chính trị" not in client.get(first).content.decode()  # the last attempt is open
    post_json(client, f"/luot-thi/{last.public_id}/nop-bai/", {"key": "k", "seq": 0, "answers": {}})
    assert "Bộ Chính trị" in client.get(first).content.decode()


def test_module_when_the_quiz_was_failed_says_so_and_leads_to_the_result(client: Client, quiz: Quiz) -> None:
    result = hand_in(client, quiz, {"Ba": ("true",)})
    page = client.get(f"/hoc-tap/{quiz.activity.module.public_id}/").content.decode()
    assert all(words in page for words in ("Chưa đạt, 16%", result, "Làm lượt mới", "còn 1 lượt"))
    assert "Đang làm dở" not in page
    Quiz.objects.update(review=review.dump({phase: frozenset() for phase in review.Phase}))
    assert "16%" not in client.get(f"/hoc-tap/{quiz.activity.module.public_id}/").content.decode()


def test_attempt_without_end_when_the_quiz_gets_one_ends_with_it(client: Client, quiz: Quiz) -> None:
    Quiz.objects.update(closes_at=None, time_limit_s=None)
    free, bound = begin(client, quiz), begin(client_of(make_learner(quiz.activity.module)), quiz)
    assert free.deadline is None
    own = now() + dt.timedelta(minutes=59)
    Attempt.objects.filter(pk=bound.pk).update(deadline=own)
    quiz.refresh_from_db()
    quiz.closes_at = now() + dt.timedelta(minutes=5)
    attempting.end_with(quiz)
    assert [Attempt.objects.get(pk=each.pk).deadline for each in (free, bound)] == [quiz.closes_at, own]


def test_result_when_nothing_is_shown_says_only_that_it_is_handed_in(client: Client, quiz: Quiz) -> None:
    Quiz.objects.update(review=review.dump({phase: frozenset() for phase in review.Phase}))
    attempt = begin(client, quiz)
    post_json(client, f"/luot-thi/{attempt.public_id}/nop-bai/", {"key": "k", "seq": 0, "answers": {}})
    page = client.get(f"/luot-thi/{attempt.public_id}/ket-qua/").content.decode()
    assert "0/6" not in page
    assert "cau-1" not in page
    assert "0/6" not in client.get(f"/trac-nghiem/{quiz.public_id}/").content.decode()


def test_attempt_when_somebody_else_asks_is_not_there(client: Client, quiz: Quiz) -> None:
    attempt = begin(client, quiz)
    url = f"/luot-thi/{attempt.public_id}/"
    admin = make_user(platform_role=User.PlatformRole.ADMIN)
    for other in (make_learner(quiz.activity.module), make_learner(quiz.activity.module, Role.CHAIR), admin):
        for path in (url, f"{url}ket-qua/"):
            assert client_of(other).get(path).status_code in (403, 404)
        assert post_json(client_of(other), f"{url}luu/", {"seq": 0, "answers": {}}).status_code in (403, 404)
        assert post_json(client_of(other), f"{url}nop-bai/", {"key": "k", "seq": 0, "answers": {}}).status_code in (403, 404)


def test_quiz_when_the_person_has_no_part_in_it(quiz: Quiz) -> None:
    stranger = client_of(make_user())
    assert stranger.get(f"/trac-nghiem/{quiz.public_id}/").status_code == 403
    assert stranger.post(f"/trac-nghiem/{quiz.public_id}/bat-dau/").status_code == 403
    assert Client().get(f"/trac-nghiem/{quiz.public_id}/").status_code == 302


def test_start_when_no_attempts_are_left_says_so(client: Client, quiz: Quiz) -> None:
    for _ in range(2):
        attempt = begin(client, quiz)
        post_json(client, f"/luot-thi/{attempt.public_id}/nop-bai/", {"key": "k", "seq": 0, "answers": {}})
    assert client.post(f"/trac-nghiem/{quiz.public_id}/bat-dau/").status_code == 403
    assert "bat-dau" not in client.get(f"/trac-nghiem/{quiz.public_id}/").content.decode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b'{"seq": -1, "answers": {}}',
        b'{"seq": 0, "answers": {"x": ["0"]}}',
        b'{"seq": 0, "answers": {"1": "0"}}',
        b'{"seq": 0, "answers": {}, "score": 6}',
        b'{"seq": 0, "answers": {"1": ["' + b"x" * 3000 + b'"]}}',
        b"\xff\xfe",
    ],
)
def test_save_when_the_message_is_malformed(client: Client, quiz: Quiz, body: bytes) -> None:
    attempt = begin(client, quiz)
    url = f"/luot-thi/{attempt.public_id}/luu/"
    answer = client.post(url, body, content_type="application/json", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "core.bad_message")
    assert attempt.steps.count() == 0


def test_save_when_stale_says_so_as_json(client: Client, quiz: Quiz) -> None:
    attempt = begin(client, quiz)
    url = f"/luot-thi/{attempt.public_id}/luu/"
    (number, right), *_ = sent(attempt, {"Ba": ("true",)}).items()
    (_n, wrong), *_ = sent(attempt, {"Ba": ("false",)}).items()
    assert post_json(client, url, {"seq": 0, "answers": {number: list(right)}}).json()["seq"] == 1
    answer = post_json(client, url, {"seq": 0, "answers": {number: list(wrong)}})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "attempt.stale")


# Looking after a quiz -----------------------------------------------------------------------------------------------------
@pytest.fixture
def keeper(quiz: Quiz) -> Client:
    return client_of(make_learner(quiz.activity.module, Role.SECRETARY))


def upload(text: str | bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("cau-hoi.gift", text if isinstance(text, bytes) else text.encode())


def test_import_when_the_file_is_good_is_previewed_and_then_taken(keeper: Client, quiz: Quiz) -> None:
    source = "::Bảy::Có bao nhiêu nhóm nhiệm vụ?{=7 ~6 ~9}\n\n::Ba::Bố trí ít nhất 3% ngân sách.{FALSE}\n"
    base = f"/trac-nghiem/{quiz.public_id}/nhap-cau-hoi/"
    page = keeper.post(base, {"file": upload(source)})
    assert page.status_code == 200
    assert quiz.slots.count() == 6
    assert page.context["source"] == source
    keeper.post(f"{base}dong-y/", {"source": page.context["source"].replace("\n", "\r\n"), "mode": "append"})
    names = [slot.question.name for slot in quiz.slots.select_related("question")]
    assert names == [*RIGHT, "Bảy"]
    changed = Question.objects.get(name="Ba")
    assert changed.current is not None
    assert changed.current.number == 2
    keeper.post(f"{base}dong-y/", {"source": source, "mode": "replace"})
    assert [slot.question.name for slot in quiz.slots.select_related("question")] == ["Bảy", "Ba"]
    assert Question.objects.count() == 7


@pytest.mark.parametrize("source", ["::A::Câu hỏi{~x ~y}\n", b"\xff\xfe\x00", "", "không có gì"])
def test_import_when_the_file_is_broken_changes_nothing(keeper: Client, quiz: Quiz, source: str | bytes) -> None:
    base = f"/trac-nghiem/{quiz.public_id}/nhap-cau-hoi/"
    page = keeper.post(base, {"file": upload(source)})
    assert page.status_code == 422
    forced = keeper.post(f"{base}dong-y/", {"source": "::A::Câu hỏi{~x ~y}", "mode": "replace"})
    assert forced.status_code == 422
    assert (quiz.slots.count(), Question.objects.count()) == (6, 6)


def test_import_when_broken_names_the_line(keeper: Client, quiz: Quiz) -> None:
    page = keeper.post(f"/trac-nghiem/{quiz.public_id}/nhap-cau-hoi/", {"file": upload("A{T}\n\n::B::Câu{~x\n~y}\n")})
    (problem,) = page.context["problems"]
    assert (problem["line"], problem["source"]) == (3, "::B::Câu{~x")


def test_export_when_imported_again_changes_nothing(keeper: Client, quiz: Quiz) -> None:
    exported = keeper.get(f"/trac-nghiem/{quiz.public_id}/cau-hoi.gift").content.decode()
    keeper.post(f"/trac-nghiem/{quiz.public_id}/nhap-cau-hoi/dong-y/", {"source": exported, "mode": "replace"})
    assert [question.current.number for question in Question.objects.all() if question.current] == [1] * 6


def test_rules_when_wrong_keep_what_was_typed(keeper: Client, quiz: Quiz) -> None:
    form = {"title": "Tên mới", "method": "highest", "pass_percent": "150", "max_attempts": "0", "time_limit_min": "0"}
    page = keeper.post(f"/trac-nghiem/{quiz.public_id}/quan-ly/", form)
    assert page.status_code == 422
    assert "Tên mới" in page.content.decode()
    quiz.refresh_from_db()
    assert quiz.title != "Tên mới"


@pytest.mark.parametrize(
    "wrong", [{"opens_at": "0001-01-01T00:00"}, {"closes_at": "9999-12-31T23:59"}, {"intro": "x" * 3_000_000}]
)
def test_rules_are_of_this_century_and_short(keeper: Client, quiz: Quiz, wrong: dict[str, str]) -> None:
    form = {"title": "Bài", "method": "last", "pass_percent": "80", "solution": "never", **wrong}
    page = keeper.post(f"/trac-nghiem/{quiz.public_id}/quan-ly/", form)
    assert (page.status_code, set(page.context["form"].errors)) == (422, set(wrong))


def test_quiz_when_made_new_stands_in_its_module(keeper: Client, quiz: Quiz) -> None:
    module = quiz.activity.module
    form = {"title": "Bài hai", "method": "last", "pass_percent": "80", "time_limit_min": "10", "solution": "never"}
    answer = keeper.post(f"/hoc-tap/{module.public_id}/trac-nghiem-moi/", form)
    made = Quiz.objects.latest("pk")
    assert answer.headers["Location"] == f"/trac-nghiem/{made.public_id}/quan-ly/"
    assert review.solution_shown(made.review_rules()) is review.Solution.NEVER
    assert (made.time_limit_s, made.activity.module, made.activity.position) == (600, module, 2)


@pytest.mark.parametrize("path", ["quan-ly/", "cau-hoi.gift"])
def test_keeping_when_only_a_learner_is_refused(client: Client, quiz: Quiz, path: str) -> None:
    assert client.get(f"/trac-nghiem/{quiz.public_id}/{path}").status_code == 403
    assert client.post(f"/trac-nghiem/{quiz.public_id}/nhap-cau-hoi/").status_code == 403


def test_more_time_when_given_moves_the_deadline(keeper: Client, client: Client, quiz: Quiz) -> None:
    attempt = begin(client, quiz)
    before = attempt.deadline
    keeper.post(f"/trac-nghiem/{quiz.public_id}/them-gio/{attempt.public_id}/")
    attempt.refresh_from_db()
    assert before is not None
    assert attempt.deadline == before + dt.timedelta(minutes=5)


def test_attempt_page_when_longer_needs_no_more_queries(
    client: Client, quiz: Quiz, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    attempt = begin(client, quiz)
    with django_assert_max_num_queries(14):
        client.get(f"/luot-thi/{attempt.public_id}/")


def test_import_when_a_question_is_broken_html_is_shown_on_every_page(keeper: Client, client: Client, quiz: Quiz) -> None:
    source = "::p::[html]<![<! x {T}"
    base = f"/trac-nghiem/{quiz.public_id}"
    page = keeper.post(f"{base}/nhap-cau-hoi/", {"file": upload(source)})
    assert page.status_code == 200 and "&lt;![&lt;! x" in page.content.decode()
    keeper.post(f"{base}/nhap-cau-hoi/dong-y/", {"source": source, "mode": "replace"})
    assert "&lt;![&lt;! x" in keeper.get(f"{base}/quan-ly/").content.decode()
    attempt = begin(client, quiz)
    assert "&lt;![&lt;! x" in client.get(f"/luot-thi/{attempt.public_id}/").content.decode()


def test_the_example_is_shown_downloaded_and_imported(keeper: Client, quiz: Quiz) -> None:
    base = f"/trac-nghiem/{quiz.public_id}"
    page = keeper.get(f"{base}/quan-ly/").content.decode()
    assert "::Câu 1:: Ai chủ trì" in page and 'href="/trac-nghiem/mau-cau-hoi.gift"' in page
    broken = keeper.post(f"{base}/nhap-cau-hoi/", {"file": upload("không có gì")})
    assert broken.status_code == 422 and "::Câu 1:: Ai chủ trì" in broken.content.decode()
    file = keeper.get("/trac-nghiem/mau-cau-hoi.gift")
    assert 'filename="mau-cau-hoi.gift"' in file["Content-Disposition"]
    preview = keeper.post(f"{base}/nhap-cau-hoi/", {"file": upload(file.content)})
    assert [row.name for row in preview.context["rows"]] == [f"Câu {number}" for number in range(1, 7)]
    assert len({row.kind for row in preview.context["rows"]}) == 6
