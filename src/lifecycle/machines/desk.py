"""The desk itself: the department's cycle of seven steps with its trainings (S6), and how a telephone is answered (R10).

In: events that carry ``cycle=``, ``training=`` or ``call=``. Out: :data:`DEPARTMENT_CYCLE`, :data:`TRAINING` and
:data:`CALL_ETIQUETTE`. Last of the machines.
"""

from __future__ import annotations

from lifecycle.machine import STAYS, Machine, Row, State
from lifecycle.machines.visit import PASSED

__all__ = ["CALL_ETIQUETTE", "DEPARTMENT_CYCLE", "TRAINING"]

DEPARTMENT_CYCLE = Machine(
    "department_cycle",
    "部门工作周期",
    [
        State("not_begun", "未开始"),
        State("planning", "满意度规划", cite="S6"),
        State("information", "客户信息", cite="S6"),
        State("callbacks", "回访", cite="S6"),
        State("complaints", "投诉处理", cite="S6"),
        State("care", "关怀活动", cite="S6"),
        State("measurement", "满意度测评", cite="S6"),
        State("training", "内部培训", cite="S6"),
        State("trained", "已培训", "training", cite="S6"),
        State("closed", "本轮结束", final=True, cite="S6"),
    ],
    [
        Row("cycle_begun", "not_begun", "planning", cite="S6"),
        Row("information_gathered", "planning", "information", cite="S6"),
        Row("callbacks_begun", "information", "callbacks", cite="S6"),
        Row("complaints_taken_up", "callbacks", "complaints", cite="S6"),
        Row("care_begun", "complaints", "care", cite="S6"),
        Row("satisfaction_measured", "care", "measurement", cite="S6"),
        Row("training_need_found", "measurement", "training", cite="S6"),
        Row("training_need_found", "training trained", STAYS, cite="S6"),
        Row("training_consolidated", "training", "trained", cite="S6"),
        Row("training_consolidated", "trained", STAYS, cite="S6"),
        Row("cycle_closed", "trained", "closed", cite="S6"),
    ],
    initial="not_begun",
    key="cycle",
    cite="S6",
    doc=(
        "One turn of the seven steps: satisfaction planning, customer information, callbacks, complaints, care activities, "
        "satisfaction measurement, internal training; then the next turn, a case of its own. Each state is the step being "
        "worked on. The training is the sub-cycle: a training that names the cycle brings it into the seventh step, and "
        "the turn may end once one training is consolidated (reading)."
    ),
)

TRAINING = Machine(
    "training",
    "内部培训",
    [
        State("not_begun", "未开始"),
        State("need", "培训需求", cite="S6"),
        State("goal", "培训目标", cite="S6"),
        State("plan", "培训计划", cite="S6"),
        State("delivery", "培训实施", cite="S6"),
        State("result", "培训效果", cite="S6"),
        State("consolidation", "培训巩固", final=True, cite="S6"),
    ],
    [
        Row("training_need_found", "not_begun", "need", cite="S6"),
        Row("training_goal_set", "need", "goal", cite="S6"),
        Row("training_planned", "goal", "plan", cite="S6"),
        Row("training_planned", "plan", STAYS, cite="S6"),
        Row("training_held", "plan", "delivery", cite="S6"),
        Row("training_held", "delivery", STAYS, cite="S6"),
        Row("training_assessed", "delivery", "result", "passed", cite="S6"),
        Row("training_assessed", "delivery", "goal", "not passed", cite="S6"),
        Row("training_consolidated", "result", "consolidation", cite="S6"),
    ],
    initial="not_begun",
    questions=[PASSED],
    key="training",
    cite="S6",
    doc=(
        "One training: need, goal, plan, delivery, result, consolidation. Reading: where the result is not what was aimed "
        "at, it is planned again for the same goal. Planning again within a day needs times of day."
    ),
)

_ON_THE_LINE = "greeted greeted_again talking asked_to_speak_up other_phone_asked other_caller_asked"

CALL_ETIQUETTE = Machine(
    "call_etiquette",
    "电话礼仪",
    [
        State("not_begun", "未接听"),
        State("greeted", "问候", cite="R10"),
        State("greeted_again", "再次问候", cite="R10"),
        State("talking", "通话中", cite="R10"),
        State("asked_to_speak_up", "请客户大声", cite="R10"),
        State("other_phone_asked", "请换一部电话", cite="R10"),
        State("other_caller_asked", "请换会普通话的人", cite="R10"),
        State("goodbye", "说明并道别", cite="R10"),
        State("hung_up", "已挂断", final=True, cite="R10"),
    ],
    [
        Row("call_taken", "not_begun", "greeted", cite="R10"),
        Row("caller_heard", "greeted greeted_again talking asked_to_speak_up", "talking", cite="R10"),
        Row("caller_heard", "other_phone_asked other_caller_asked goodbye", "talking", cite="R10"),
        Row("call_inaudible", "greeted greeted_again talking goodbye", "asked_to_speak_up", cite="R10"),
        Row("call_inaudible", "asked_to_speak_up", "other_phone_asked", cite="R10"),
        Row("call_inaudible", "other_phone_asked", STAYS, cite="R10"),
        Row("call_noisy", "greeted greeted_again talking asked_to_speak_up", "other_phone_asked", cite="R10"),
        Row("call_in_dialect", "greeted greeted_again talking asked_to_speak_up", "other_caller_asked", cite="R10"),
        Row("call_waited", "greeted talking", "greeted_again", cite="R10"),
        Row("call_waited", "greeted_again other_caller_asked", "goodbye", cite="R10"),
        Row("call_waited", "asked_to_speak_up", "other_phone_asked", cite="R10"),
        Row("call_waited", "other_phone_asked goodbye", "hung_up", cite="R10"),
        Row("goodbye_said", _ON_THE_LINE, "goodbye", cite="R10"),
        Row("goodbye_said", "goodbye", STAYS, cite="R10"),
        Row("call_hung_up", "goodbye other_phone_asked", "hung_up", cite="R10"),
        Row("caller_hung_up", f"{_ON_THE_LINE} goodbye", "hung_up", cite="R10"),
    ],
    initial="not_begun",
    key="call",
    cite="R10",
    doc=(
        "One telephone call. Five seconds of silence are an event (call_waited), and after them the desk does what is next: "
        "a silent line is greeted again, then told goodbye, then hung up, three waits in all. Who cannot be heard is asked "
        "to speak up, then for another telephone, and hung up five seconds after that, since asking for another telephone "
        "announces it. Noise: asked to call from another telephone; dialect: asked for somebody who speaks the standard "
        "language. The desk never hangs up unannounced; the caller may. Readings: silence in the middle of a talk is a "
        "silent line that was greeted once; no answer to a request to speak up counts as still inaudible; where nobody "
        "else comes to the telephone, goodbye is said. A voice at any point takes the call up again."
    ),
)
