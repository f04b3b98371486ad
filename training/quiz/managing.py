"""Pages of those who look after a quiz: its rules, its questions, importing and exporting, and who is taking it."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.clock import now
from core.messages import error_text
from people.access import requires
from people.names import file_stem
from people.permissions import Action
from training.models import Activity, Attempt, Module, Quiz
from training.modules.domain.activities import Kind
from training.modules.selectors import module_of
from training.quiz import attempting, banking, presenting, selectors
from training.quiz.domain import questions as domain
from training.quiz.domain.storage import kind_of
from training.quiz.formats import gift
from training.quiz.formats.example import EXAMPLE
from training.quiz.formats.problems import BrokenFile
from training.quiz.forms import ConfirmForm, ImportForm, QuizForm
from training.quiz.rendering import render as render_text
from training.requests import person_of


@dataclass(frozen=True, slots=True)
class Row:
    """A question as its keepers see it."""

    name: str
    kind: str
    text: SafeString
    right: tuple[SafeString, ...]


def _row(question: domain.Question) -> Row:
    right = tuple(presenting.right_answers(question.body))
    return Row(question.name, kind_words()[kind_of(question.body)], render_text(question.text), right)


def kind_words() -> dict[str, str]:
    """The question types in words."""
    return {
        "single": _("One answer"),
        "multiple": _("Several answers"),
        "true_false": _("True or false"),
        "short": _("Short answer"),
        "numeric": _("Number"),
        "matching": _("Matching"),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Action.MODULE_MANAGE, on=module_of)
def new(request: HttpRequest, module: Module) -> HttpResponse:
    """A new quiz at the end of the module."""
    form = QuizForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            Module.objects.select_for_update().get(pk=module.pk)
            quiz = form.save()
            last = module.activities.aggregate(last=Max("position"))["last"] or 0
            Activity.objects.create(module=module, position=last + 1, kind=Kind.QUIZ, title=quiz.title, quiz=quiz)
        messages.success(request, _("The quiz is made. Now add its questions."))
        return redirect("quiz_manage", public_id=quiz.public_id)
    context = {"form": form, "module": module, "quiz": None}
    return render(request, "training/quiz/manage.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Action.MODULE_MANAGE, on=selectors.quiz_of)
def manage(request: HttpRequest, quiz: Quiz) -> HttpResponse:
    """The rules as a form, the questions, and the attempts."""
    form = QuizForm(request.POST or None, instance=quiz)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            attempting.end_with(quiz)
            Activity.objects.filter(quiz=quiz).update(title=quiz.title)
        messages.success(request, _("The rules are saved. Attempts that have started keep their deadline."))
        return redirect("quiz_manage", public_id=quiz.public_id)
    slots = quiz.slots.select_related("question__current")
    attempts = Attempt.objects.filter(quiz=quiz).select_related("person__unit", "quiz").order_by("-started_at")
    context = {
        "form": form,
        "quiz": quiz,
        "module": quiz.activity.module,
        "rows": [_row(slot.question.current.read()) for slot in slots if slot.question.current],
        "attempts": [{"attempt": a, "score": selectors.score_of(a)} for a in attempts[:200]],
        "import_form": ImportForm(),
        "example": EXAMPLE,
    }
    return render(request, "training/quiz/manage.html", context, status=422 if form.errors else 200)


@require_GET
@requires(Action.HOME)
def example(request: HttpRequest) -> HttpResponse:
    """A file of questions to begin from."""
    return _gift_file(EXAMPLE, "mau-cau-hoi")


@require_POST
@requires(Action.MODULE_MANAGE, on=selectors.quiz_of)
def preview(request: HttpRequest, quiz: Quiz) -> HttpResponse:
    """What a file would bring, or its mistakes by line. Changes nothing."""
    form = ImportForm(request.POST, request.FILES)
    context: dict[str, object] = {"quiz": quiz, "module": quiz.activity.module, "import_form": form, "example": EXAMPLE}
    if not form.is_valid():
        return render(request, "training/quiz/import.html", context, status=422)
    source = form.source()
    try:
        questions = gift.parse(source)
    except BrokenFile as error:
        lines = source.decode("utf-8", "replace").split("\n")
        context["problems"] = [
            {
                "line": problem.line,
                "text": _(problem.message) % problem.fields if problem.fields else _(problem.message),
                "source": lines[problem.line - 1].strip()[:120] if problem.line <= len(lines) else "",
            }
            for problem in error.problems[:100]
        ]
        context["error"] = error_text(error)
        return render(request, "training/quiz/import.html", context, status=422)
    context["rows"] = [_row(question) for question in questions]
    context["source"] = source.decode("utf-8-sig")
    return render(request, "training/quiz/import.html", context)


@require_POST
@requires(Action.MODULE_MANAGE, on=selectors.quiz_of)
def confirm(request: HttpRequest, quiz: Quiz) -> HttpResponse:
    """Import a previewed file: all of it, or nothing."""
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        return redirect("quiz_manage", public_id=quiz.public_id)
    questions = gift.parse(form.cleaned_data["source"].encode())
    for question in questions:
        _row(question)  # what could not be shown would be in the way of everybody who takes the quiz: it is not stored
    with transaction.atomic():
        programme = quiz.activity.module.programme
        imported = banking.import_questions(programme=programme, questions=questions, by=person_of(request), into=quiz)
        replaces = form.cleaned_data["mode"] == "replace"
        kept = [] if replaces else [slot.question for slot in quiz.slots.select_related("question")]
        known = {question.pk for question in kept}
        banking.set_questions(quiz=quiz, questions=[*kept, *(q for q in imported.questions if q.pk not in known)])
    text = _("%(all)s questions imported: %(new)s new, %(changed)s changed, %(same)s unchanged.")
    counts = {"all": len(imported.questions), "new": imported.new, "changed": imported.changed, "same": imported.unchanged}
    messages.success(request, text % counts)
    return redirect("quiz_manage", public_id=quiz.public_id)


@require_GET
@requires(Action.MODULE_MANAGE, on=selectors.quiz_of)
def export(request: HttpRequest, quiz: Quiz) -> HttpResponse:
    """The quiz's questions as a GIFT file."""
    slots = quiz.slots.select_related("question__current")
    text = gift.write(slot.question.current.read() for slot in slots if slot.question.current)
    return _gift_file(text, file_stem(quiz.title, quiz.public_id))


def _gift_file(text: str, name: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.gift"'
    return response


@require_POST
@requires(Action.MODULE_MANAGE, on=selectors.quiz_of)
def more_time(request: HttpRequest, quiz: Quiz, attempt_id: str) -> HttpResponse:
    """Five minutes more for somebody's open attempt."""
    attempt = attempting.give_time(quiz=quiz, attempt_id=attempt_id, extra_s=300, now=now())
    text = _("%(name)s has five minutes more, until %(end)s.")
    end = selectors.moment(attempt.deadline) if attempt.deadline else ""
    messages.success(request, text % {"name": attempt.person.full_name, "end": end})
    return redirect("quiz_manage", public_id=quiz.public_id)
