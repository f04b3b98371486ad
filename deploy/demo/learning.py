"""What is learnt after the demonstration conference: a module with the session, its recording and a quiz."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

from django.db import transaction

from conference.models import Session
from deploy.demo.ids import demo_id
from people.models import User
from training.models import Activity, Module, Programme, Quiz
from training.modules.domain.activities import Kind
from training.quiz.banking import import_gift, set_questions
from training.quiz.domain import review

GIFT = Path(__file__).parent / "data" / "nq57_vi.gift"
PROGRAMME = "Học tập, quán triệt Nghị quyết số 57-NQ/TW"
MODULE = "Đột phá phát triển khoa học, công nghệ, đổi mới sáng tạo và chuyển đổi số"
DUE_AFTER = dt.timedelta(days=7)
_SUMMARY = (
    "Dự hội nghị hoặc học bù qua bản ghi, rồi làm bài trắc nghiệm 12 câu, mở khi hội nghị kết thúc. "
    "Hạn hoàn thành: 7 ngày sau hội nghị."
)


@transaction.atomic
def make_module(session: Session, *, by: User) -> Module:
    """The module in which ``session`` stands, made where there is none: session and quiz required, the recording not."""
    activity = session.activities.filter(kind=Kind.SESSION).select_related("module").first()
    due = session.planned_start + DUE_AFTER
    if activity is not None:
        # A session that was moved takes what is due after it along.
        activity.module.activities.filter(due_at__lt=session.planned_start).update(due_at=due)
        return activity.module
    programme, _ = Programme.objects.get_or_create(
        public_id=demo_id("programme"), defaults={"title": PROGRAMME, "summary": "Dành cho cán bộ, đảng viên toàn tỉnh."}
    )
    position = programme.modules.count() + 1
    title = MODULE if position == 1 else f"{MODULE} ({position})"
    module = Module.objects.create(programme=programme, position=position, title=title, summary=_SUMMARY)
    quiz = _make_quiz(programme, by=by)
    rows = [
        Activity(kind=Kind.SESSION, title="Dự hội nghị trực tuyến", session=session),
        Activity(kind=Kind.RECORDING, title="Xem lại bản ghi hội nghị", session=session, required=False),
        Activity(kind=Kind.QUIZ, title="Trắc nghiệm: Nghị quyết số 57-NQ/TW", quiz=quiz, due_at=due),
    ]
    for number, row in enumerate(rows, start=1):
        row.module, row.position = module, number
        row.save()
    return module


def _make_quiz(programme: Programme, *, by: User) -> Quiz:
    """The twelve questions of the file: fifteen minutes, three attempts, the best counts, passed with 70 %."""
    imported = import_gift(programme=programme, data=GIFT.read_bytes(), by=by)
    quiz = Quiz.objects.create(
        title="Trắc nghiệm: Nghị quyết số 57-NQ/TW",
        intro="Bài gồm 12 câu về nội dung chuyên đề. Đáp án được công bố khi đồng chí đã đạt hoặc đã làm hết các lượt.",
        time_limit_s=15 * 60,
        max_attempts=3,
        pass_percent=Decimal(70),
        review=review.dump(review.showing_solution(review.Solution.SETTLED)),
    )
    set_questions(quiz=quiz, questions=imported.questions)
    return quiz
