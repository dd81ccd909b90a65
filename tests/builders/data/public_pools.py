"""Public pools of training data by their shape: five rows each, made up, with the real columns."""

from dataclasses import dataclass, field

from igds_bench.core.data import Turn, example_id, turns_id

NUMBERS = range(1, 6)
"""Rows, each with a longer response than the one before."""


def words(n):
    return "so " * n + f"it is {n}"


def pool(columns):
    """Return five rows; a column is a function of the row's number."""
    return [{name: value(n) for name, value in columns.items()} for n in NUMBERS]


@dataclass(frozen=True)
class PublicPool:
    """A pool, what a user writes to select from it, and what that gives."""

    name: str
    rows: list
    reading: str
    """What is said of it."""
    options: tuple = ()
    last: tuple = field(default=("", ""))
    """Prompt and response of the row with the longest response, or the turns of a chat."""

    @property
    def last_id(self):
        """Id of the row with the longest response."""
        if isinstance(self.last[0], Turn):
            return turns_id(self.last)
        return example_id(*self.last)


def turns(n, role="role", text="content", user="user", model="assistant"):
    return [{role: user, text: f"What is {n}?"}, {role: model, text: words(n)}]


def chat(*said, system=None):
    """Return turns as they are read: of user and assistant in turns, the last one scored."""
    roles = ("user", "assistant") * len(said)
    found = [Turn(role, text) for role, text in zip(roles, said, strict=False)]
    found[-1] = Turn("assistant", said[-1], scored=True)
    return (*((Turn("system", system),) if system else ()), *found)


def long_chat(n):
    """Return a system's turn, an exchange, and the one that ``turns`` gives."""
    greeting = [{"role": "user", "content": "Hi."}, {"role": "assistant", "content": "Hello."}]
    return [{"role": "system", "content": "Be brief."}, *greeting, *turns(n)]


def none(n):
    return None


POOLS = (
    PublicPool(
        "Alpaca",
        pool(
            {
                "instruction": lambda n: f"Count to {n}.",
                "input": lambda n: f"in steps of {n}" if n in (2, 5) else "",
                "output": words,
            }
        ),
        "read as Alpaca: instruction, input (empty in 60%), output",
        last=("Count to 5.\nin steps of 5", words(5)),
    ),
    PublicPool(
        "Dolly-15k",
        pool(
            {
                "instruction": lambda n: f"Who is {n}?",
                "context": lambda n: "" if n > 1 else "One is the first.",
                "response": words,
                "category": lambda n: ("open_qa", "closed_qa")[n % 2],
            }
        ),
        "read as Dolly: instruction, context (empty in 80%), response",
        ("--source-field", "category"),
        ("Who is 5?", words(5)),
    ),
    PublicPool(
        "OpenOrca",
        pool(
            {
                "id": lambda n: f"flan.{n}",
                "system_prompt": lambda n: "You are kind." if n > 2 else "",
                "question": lambda n: f"Is {n} odd?",
                "response": words,
            }
        ),
        "read as OpenOrca: system_prompt (empty in 40%), question, response",
        last=("You are kind.\nIs 5 odd?", words(5)),
    ),
    PublicPool(
        "MathInstruct",
        pool(
            {
                "source": lambda n: "data/CoT/made.json",
                "instruction": lambda n: f"Halve {n}.",
                "output": words,
            }
        ),
        "read as instruction, output",
        last=("Halve 5.", words(5)),
    ),
    PublicPool(
        "magpie-ultra",
        pool(
            {
                "instruction": lambda n: f"Tell of {n}.",
                "response": words,
                "score": lambda n: n / 5,
                "quality": lambda n: "good",
            }
        ),
        "read as instruction, response; 3 of 5 rows pass `where`",
        ("--where", "score > 0.5 and quality in ('good', 'excellent')"),
        ("Tell of 5.", words(5)),
    ),
    PublicPool(
        "GSM8K",
        pool({"question": lambda n: f"Tom has {n}. And now?", "answer": words}),
        "read as questions with answers: question, answer",
        last=("Tom has 5. And now?", words(5)),
    ),
    PublicPool(
        "NuminaMath-1.5",
        pool(
            {
                "problem": lambda n: rf"Find \frac{{{n}}}{{2}} {{x}}.",
                "solution": words,
                "answer": str,
                "problem_is_valid": lambda n: "Yes",
                "solution_is_valid": lambda n: "Yes" if n > 1 else "No",
                "source": lambda n: "olympiads",
            }
        ),
        "read as problems with solutions: problem, solution; 4 of 5 rows pass `where`",
        ("--where", "problem_is_valid == 'Yes' and solution_is_valid == 'Yes'"),
        (r"Find \frac{5}{2} {x}.", words(5)),
    ),
    PublicPool(
        "OpenR1-Math-220k",
        pool(
            {
                "problem": lambda n: f"Square {n}.",
                "solution": words,
                "answer": str,
                "generations": lambda n: [words(n + 1), words(n)],
                "correctness_math_verify": lambda n: [False, True],
                "is_reasoning_complete": lambda n: [True, n > 1],
                "messages": turns,
            }
        ),
        "read as problem, picked; 1 are left out: no entry of `generations` has "
        "correctness_math_verify and is_reasoning_complete true",
        (
            *("--columns", "prompt=problem,response=picked"),
            *("--pick", "generations by correctness_math_verify, is_reasoning_complete"),
        ),
        ("Square 5.", words(5)),
    ),
    PublicPool(
        "MetaMathQA",
        pool(
            {
                "type": lambda n: "GSM_Rephrased",
                "query": lambda n: f"Add 1 to {n}.",
                "original_question": lambda n: f"{n} + 1?",
                "response": words,
            }
        ),
        "read as queries with responses: query, response",
        ("--source-field", "type"),
        ("Add 1 to 5.", words(5)),
    ),
    PublicPool(
        "FLAN",
        pool({"inputs": lambda n: f"Premise {n}.", "targets": words, "task_name": lambda n: "nli"}),
        "read as inputs with targets: inputs, targets",
        last=("Premise 5.", words(5)),
    ),
    PublicPool(
        "TRL prompt-completion",
        pool({"prompt": lambda n: f"The sky {n}", "completion": words}),
        "read as prompts with completions: prompt, completion",
        last=("The sky 5", words(5)),
    ),
    PublicPool(
        "E2E",
        pool({"meaning_representation": lambda n: f"name[{n}]", "human_reference": words}),
        "read as meaning_representation, human_reference",
        ("--columns", "prompt=meaning_representation,response=human_reference"),
        ("name[5]", words(5)),
    ),
    PublicPool(
        "tulu-3-sft-mixture",
        pool({"id": str, "messages": long_chat, "source": lambda n: "ai2/made"}),
        "read as chat: messages, 5.0 turns on average",
        last=chat("Hi.", "Hello.", "What is 5?", words(5), system="Be brief."),
    ),
    PublicPool(
        "tulu-3-sft-personas-if",
        pool(
            {
                "id": str,
                "prompt": lambda n: f"What is {n}?",
                "messages": turns,
                "constraints": lambda n: ["format:lists"],
            }
        ),
        "read as chat: messages, 2.0 turns on average",
        last=chat("What is 5?", words(5)),
    ),
    PublicPool(
        "OpenHermes-2.5, SlimOrca, Magpie, ShareGPT",
        pool(
            {
                "conversations": lambda n: turns(n, "from", "value", "human", "gpt"),
                "source": lambda n: "made",
                "category": none,
                "system_prompt": none,
                "language": none,
            }
        ),
        "read as chat: system_prompt, conversations, 2.0 turns on average",
        last=chat("What is 5?", words(5)),
    ),
    PublicPool(
        "LIMA",
        pool(
            {
                "conversations": lambda n: [f"What is {n}?", words(n)],
                "source": lambda n: "stackexchange",
            }
        ),
        "read as chat: conversations, 2.0 turns on average",
        last=chat("What is 5?", words(5)),
    ),
    PublicPool(
        "OpenThoughts-114k",
        pool(
            {
                "system": lambda n: "Think.",
                "conversations": lambda n: turns(n, "from", "value", "user", "assistant"),
            }
        ),
        "read as chat: system, conversations, 3.0 turns on average",
        last=chat("What is 5?", words(5), system="Think."),
    ),
    PublicPool(
        "UltraChat-200k",
        pool({"prompt": lambda n: f"What is {n}?", "prompt_id": str, "messages": turns}),
        "read as chat: messages, 2.0 turns on average",
        last=chat("What is 5?", words(5)),
    ),
    PublicPool(
        "OpenAI messages",
        pool({"messages": lambda n: [turns(n)[0], {**turns(n)[1], "weight": 1}]}),
        "read as chat: messages, 2.0 turns on average",
        last=chat("What is 5?", words(5)),
    ),
    PublicPool(
        "TRL prompt-completion of messages",
        pool({"prompt": lambda n: turns(n)[:1], "completion": lambda n: turns(n)[1:]}),
        "read as chat: prompt, completion, 2.0 turns on average",
        last=chat("What is 5?", words(5)),
    ),
)
"""Pools that a selection takes as they are."""
