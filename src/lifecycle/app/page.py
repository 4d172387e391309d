"""The page with the sliders, as marimo runs it: ``lifecycle app``, or ``marimo edit`` on this file to change it.

In: what is moved and chosen on the page. Out: what :mod:`lifecycle.app.board` works out, shown. Cells say what follows from
what; marimo runs those that a change concerns.
"""
# pyright: basic, reportMissingImports=false

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="dealer-lifecycle · what if · 假如")


@app.cell
def imports():
    from time import perf_counter

    import marimo as mo

    from lifecycle import sample
    from lifecycle.app.board import Board, choosable, knobs, last_day, turned
    from lifecycle.app.words import say
    from lifecycle.cli.taking import book_named, shipped_books
    from lifecycle.errors import LifecycleError
    from lifecycle.forward import fit
    from lifecycle.forward.measures import MEASURES
    from lifecycle.readers import read_csv
    from lifecycle.readers.mapping import shipped_maps
    from lifecycle.show.forecast_words import forecast_word, unit_word
    from lifecycle.show.fragments import badge, problems_table, table
    from lifecycle.show.markup import tag
    from lifecycle.show.plots import forecast_plot, weeks_plot

    return (
        Board, LifecycleError, MEASURES, badge, book_named, choosable, fit, forecast_plot, forecast_word, knobs, last_day, mo, perf_counter,
        problems_table, read_csv, sample, say, shipped_books, shipped_maps, table, tag, turned, unit_word, weeks_plot,
    )  # fmt: skip


@app.cell
def choices(book_named, choosable, mo, shipped_books):
    given = mo.cli_args()
    own = choosable(book_named(given.get("book") or "wenhua"))
    books, start = {**shipped_books(), **own}, list(own)[-1]
    spoken = mo.query_params().get("lang") or given.get("lang")
    language = mo.ui.radio(["English", "中文"], value="中文" if spoken == "zh" else "English", inline=True)
    book_name = mo.ui.dropdown(list(books), value=start, allow_select_none=False)
    return book_name, books, given, language


@app.cell
def tongue(language):
    zh = language.value == "中文"
    return (zh,)


@app.cell
def sources(given, mo, shipped_maps):
    sizes = (300, 2_000, 10_000)
    own_file = "own · 自己的文件"
    files_given = given.get_all("file")
    data = mo.ui.dropdown(
        {**{f"sample · 样例 {size:,}": size for size in sizes}, own_file: 0},
        value=own_file if files_given else f"sample · 样例 {int(given.get('customers') or 2_000):,}",
        allow_select_none=False,
    )
    upload = mo.ui.file(filetypes=[".csv", ".txt", ".tsv"], multiple=True, kind="area")
    layout = mo.ui.dropdown(
        ["plain · 普通", *shipped_maps()], value=given.get("map") or "plain · 普通", allow_select_none=False
    )
    return data, files_given, layout, upload


@app.cell
def reading(LifecycleError, data, files_given, layout, mo, problems_table, read_csv, sample, say, upload, zh):
    events, problems = (), ()
    told = None
    if data.value:
        events = sample(data.value).events
    else:
        given_files = [(one.name, one.contents) for one in upload.value] or [(None, path) for path in files_given]
        if given_files:
            try:
                found = read_csv(
                    *(what for _, what in given_files),
                    mapping=None if layout.value.startswith("plain") else layout.value,
                    names=[name for name, _ in given_files if name],
                )
                histories = found.by_customer()
                events = [event for one in histories.values() for event in one]
                problems = histories.problems
                told = mo.md(say("read", found.rows, len(problems), zh=zh))
                if not events:
                    told = mo.callout(say("nothing", zh=zh), kind="warn")
            except (LifecycleError, OSError) as _error:
                told = mo.callout(mo.md(f"**{say('unreadable', zh=zh)}** {_error}"), kind="danger")
        else:
            told = mo.md(say("waiting", zh=zh))
    reading_told = mo.vstack([told, mo.Html(str(problems_table(problems)))] if problems else [told]) if told else None
    return events, reading_told


@app.cell
def as_of(events, last_day, mo):
    on = mo.ui.date(value=last_day(events)) if events else mo.ui.date()
    return (on,)


@app.cell
def base_book(book_name, books):
    base = books[book_name.value]
    return (base,)


@app.cell
def sliders(base, knobs, mo):
    offered = knobs(base)
    turn = mo.ui.dictionary(
        {
            knob.name: mo.ui.slider(
                knob.least, knob.most, knob.step, value=knob.value, show_value=True, full_width=True, debounce=True
            )
            for knob in offered
        }
    )
    return (turn,)


@app.cell
def beside(book_name, data, language, layout, mo, on, say, turn, upload, zh):
    def named(key, element):
        return mo.vstack(
            [mo.Html(f'<div style="font-size:.85rem;font-weight:600">{say(key, zh=zh)}</div>'), element], gap=0.1
        )

    mo.sidebar(
        mo.vstack(
            [
                language,
                named("book", book_name),
                *(named(f"knob {name}", turn.elements[name]) for name in turn.elements),
                named("data", data),
                *([] if data.value else [named("upload", upload), named("mapping", layout)]),
                named("on", on),
            ],
            gap=0.7,
        ),
        width="21rem",
    )
    return


@app.cell
def head(mo, reading_told, say, zh):
    heading = mo.md(f"# {say('title', zh=zh)}\n\n{say('lead', zh=zh)}")
    mo.vstack([heading, reading_told]) if reading_told is not None else heading
    return


@app.cell
def house(Board, base, events, mo, on):
    mo.stop(not events or on.value is None)
    board = Board(events, on=on.value, base=base)
    base_figures = board.figures(base)
    return base_figures, board


@app.cell
def amended(LifecycleError, base, mo, say, turn, turned, zh):
    book, wrong = base, None
    try:
        book = turned(base, turn.value)
    except LifecycleError as _error:
        wrong = mo.callout(mo.md(f"**{say('cannot', zh=zh)}** {_error}"), kind="danger")
    differs = [f"- `{change.path}`: {change.before!r} → {change.after!r}" for change in book.diff(base)]
    said = mo.md(f"**{say('changed', f'{base.name} ({base.edition})', zh=zh)}**\n\n" + "\n".join(differs))
    wrong if wrong is not None else said if differs else mo.md(say("as_it_is", zh=zh))
    return book, wrong


@app.cell
def now(base_figures, board, book, mo, perf_counter, say, tag, wrong, zh):
    mo.stop(wrong is not None)
    began = perf_counter()
    figures = board.figures(book)
    moved = board.moved(book)
    spent = perf_counter() - began

    def tile(key):
        value, before = getattr(figures, names_of[key]), getattr(base_figures, names_of[key])
        less = f"{value - before:+,}".replace("-", "−")
        caption = say("same", zh=zh) if value == before else say("against", less, zh=zh)
        small = "font-size:.8rem;color:var(--muted-foreground)"
        return tag(
            "div",
            tag("div", say(key, zh=zh), style="font-size:.85rem"),
            tag("div", f"{value:,}", style="font-size:1.5rem;font-weight:700", data_tile=key),
            tag("div", caption, style=small),
            style="border:1px solid var(--border);border-radius:.6rem;padding:.7rem 1rem;flex:1 1 9rem",
        )

    names_of = {
        "lost": "lost", "at_risk": "at_risk", "active": "active", "soon": "soon", "owed": "balance", "issued": "issued",
        "lapsed": "lapsed",
    }  # fmt: skip
    title = mo.md(f"## {say('now', board.on, zh=zh)}\n\n{figures.vehicles:,} {say('vehicles', zh=zh)}")
    quick = mo.md(f"<small>{say('milliseconds', round(1000 * spent), zh=zh)}</small>")
    rows = [
        tag("div", *(tile(key) for key in keys), style="display:flex;flex-wrap:wrap;gap:.8rem")
        for keys in (("lost", "at_risk", "active", "soon"), ("owed", "issued", "lapsed"))
    ]
    mo.vstack([title, *(mo.Html(str(row)) for row in rows), quick])
    return figures, moved


@app.cell
def whom(badge, base, base_figures, book, figures, mo, moved, say, table, weeks_plot, zh):
    most = 12
    head_ = [say(name, zh=zh) for name in ("customer", "vehicle", "before", "after", "lost_due")]
    lines = [
        (row["customer"], row["vehicle"], badge(row["before"]), badge(row["after"]), row["lost_due"] or "")
        for row in moved.head(most).iter_rows(named=True)
    ]
    both = [(f"{base.name} {base.edition}", base_figures.weeks)]
    if book is not base:
        both.append((f"{base.name} {book.edition}", figures.weeks))
    parts = [weeks_plot(both, zh=zh).chart]
    if lines:
        parts = [
            mo.md(f"### {say('whom', zh=zh)}\n\n{say('moved', moved.height, zh=zh)}"),
            mo.Html(str(table(head_, lines))),
            mo.md(f"<small>{say('first', len(lines), moved.height, zh=zh)}</small>") if moved.height > most else None,
            *parts,
        ]
    mo.vstack([one for one in parts if one is not None])
    return


@app.cell
def ask_for_all(mo, say, zh):
    whole = mo.ui.run_button(label=say("whole", zh=zh))
    return (whole,)


@app.cell
def all_of_it(board, book, mo, whole, wrong):
    mo.stop(wrong is not None)
    everything = mo.Html(str(board.compared(book)._repr_html_())) if whole.value else None
    mo.vstack([whole, everything] if everything else [whole])
    return


@app.cell
def ask_for_fit(mo, say):
    # in both languages: to change the language is no reason to fit again
    tune = mo.ui.run_button(label=f"{say('fit', zh=False)} · {say('fit', zh=True)}")
    return (tune,)


@app.cell
def own_population(LifecycleError, board, events, fit, tune):
    # worked out when the button is pressed, and kept until the histories change
    fitted, unfit = None, None
    if tune.value:
        try:
            fitted = fit(events, on=board.on)
        except (LifecycleError, ModuleNotFoundError) as _error:
            unfit = _error
    return fitted, unfit


@app.cell
def ahead(LifecycleError, board, book, fitted, mo, wrong):
    mo.stop(wrong is not None)
    forecast, unable = None, None
    try:
        forecast = board.forecast(book, fitted=fitted)
    except LifecycleError as _error:
        unable = _error
    return forecast, unable


@app.cell
def ahead_told(
    MEASURES, base, board, fitted, forecast, forecast_word, mo, say, table, tune, unable, unfit, unit_word, zh
):
    wanted = (
        "profit", "service_margin", "sales_margin", "touch_cost", "points_cost", "liability", "visits", "calls", "offers",
        "reminders", "won_back", "sales", "coming", "lost_at_end",
    )  # fmt: skip
    mo.stop(forecast is None, mo.callout(str(unable), kind="warn") if unable else None)

    def amount(value, sign=""):
        return f"{value:{sign},.0f}".replace("-", "−")

    lines_ = []
    for measure in wanted:
        one = forecast.difference(measure) if len(forecast.books) > 1 else None
        unit = unit_word(MEASURES[measure].unit, zh=zh)
        doubt = "°" if one and one.changed and one.holds_zero else ""
        span = f"{amount(one.low, '+')} … {amount(one.high, '+')}{doubt}" if one and one.changed else ""
        value = "" if one is None else amount(one.value, "+") if one.changed else "0"
        lines_.append(
            (f"{forecast_word(measure, zh=zh)} ({unit})", amount(forecast.totals(measure).value), value, span)
        )
    head_ahead = [
        say("measure", zh=zh), say("under", f"{base.name} {base.edition}", zh=zh), say("difference", zh=zh), say("interval", zh=zh)
    ]  # fmt: skip
    left_out = forecast.left_out
    pieces = [
        mo.md(f"## {say('forecast', zh=zh)}\n\n<small>{say('caveat', forecast.customers, zh=zh)}</small>"),
        mo.Html(str(table(head_ahead, lines_, numbers=(1, 2, 3)))),
    ]
    if fitted is not None:
        pieces.insert(1, mo.md(say("fitted", fitted.cars, board.on, zh=zh)))
    elif unfit is not None:
        pieces.insert(1, mo.callout(mo.md(f"**{say('unfit', zh=zh)}** {unfit}"), kind="warn"))
    else:
        pieces.insert(1, tune)
    if left_out:
        pieces.append(mo.md(f"<small>{say('left_out', zh=zh)} {'; '.join(left_out)}</small>"))
    mo.vstack(pieces)
    return


@app.cell
def ahead_drawn(base, book, forecast, forecast_plot, mo, zh):
    mo.stop(forecast is None)
    changed_ = book is not base
    forecast_plot(forecast, "profit", difference=changed_, running=True, zh=zh).chart
    return


if __name__ == "__main__":
    app.run()
