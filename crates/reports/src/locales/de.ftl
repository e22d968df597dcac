# Zahlen, Daten und Zeiten
date =
    { $day }. { $month ->
        [1] Januar
        [2] Februar
        [3] März
        [4] April
        [5] Mai
        [6] Juni
        [7] Juli
        [8] August
        [9] September
        [10] Oktober
        [11] November
       *[12] Dezember
    } { $year }
duration-seconds = { $n } s
duration-minutes = { $n } min
duration-hours = { $n } h
labelled = { $label }: { $value }
count-sessions = { $count ->
    [one] { $n } Sitzung
   *[other] { $n } Sitzungen
}
count-prompts = { $count ->
    [one] { $n } Prompt
   *[other] { $n } Prompts
}
count-days = { $count ->
    [one] { $n } Tag
   *[other] { $n } Tage
}
count-tokens = { $count ->
    [one] { $n } Token
   *[other] { $n } Token
}
count-goals = { $count ->
    [one] { $n } Ziel
   *[other] { $n } Ziele
}

# Überschriften
report-title-v2 = Auswertungsbericht
report-title-v3 = Punktebericht
report-empty = Keine Sitzungen in diesem Zeitraum.
goals-none = Kein zählendes Ziel in diesem Zeitraum.
headline-wins = { $rate } der Ziele erreicht – { $sessions }, { $cost }.
headline-activity = { $sessions }, { $prompts }, { $cost }.
headline-score = { $score } Punkte ({ $grade }): { $goals }, davon { $crushed } dauerhaft erreicht.

# Kapitel
chapter-glance = Auf einen Blick
chapter-activity = Aktivität
chapter-habits = Arbeitsweise
chapter-wins = Was gut lief
chapter-friction = Wo es hakt
chapter-cost = Kosten
chapter-prompts = Prompts
chapter-outcome = Ergebnis
chapter-speed = Tempo
chapter-tokens = Token
chapter-prompting = Qualität der Prompts
chapter-next = Als Nächstes ausprobieren
glance-working = Läuft gut
glance-hindering = Hinderlich
glance-quick-wins = Schnelle Erfolge
working-wins = { $rate } der Ziele werden erreicht
working-first-try = { $rate } der Ziele brauchen keine Korrektur
working-tools = { $rate } der Werkzeugaufrufe gelingen
working-cache = { $rate } des Gelesenen kommen aus dem Cache

# Sätze der Version 2.1
text-activity = { $sessions }, { $prompts }, { $days } mit Aktivität.
text-busiest = Am meisten los war am { $date }: { $prompts }.
text-tools = Meistgenutzte Werkzeuge: { $names }.
text-languages = Meistbearbeitete Sprachen: { $names }.
text-turns = Eine Sitzung hat im Mittel { $n } Prompts.
text-session-length = Die Hälfte der Sitzungen dauert höchstens { $duration } Arbeitszeit.
text-response = Die Hälfte der Antworten braucht höchstens { $duration }.
text-first-try = { $rate } der Ziele brauchen keine Korrektur.
text-switches = { $count ->
    [one] { $n }-mal wurde binnen einer Minute die Sitzung gewechselt.
   *[other] { $n }-mal wurde binnen einer Minute die Sitzung gewechselt.
}
text-plan-mode = { $count ->
    [one] { $n } Sitzung nutzte den Planungsmodus.
   *[other] { $n } Sitzungen nutzten den Planungsmodus.
}
text-wins = { $rate } der Ziele wurden dauerhaft erreicht ({ $sessions }).
text-wins-none = Noch kein zählendes Ziel.
text-friction = In { $rate } der Sitzungen hakte es irgendwo.
text-friction-none = Es hakte nirgends.
text-cost = { $cost } für { $tokens }.
text-waste = Davon brachten { $cost } ({ $rate }) nichts ein.
text-prompts = Die Prompts erreichen { $score } von 10 ({ $prompts } bewertet).
text-prompts-none = Kein Prompt konnte bewertet werden.
text-weakest = Am schwächsten: { $label }.
rightsizing = Ein kleineres Modell
rightsizing-action = { $to } statt { $from } verwenden: { $goals } ({ $kinds })
rightsizing-saves = { $action } – spart { $cost }
waste-retry-storm = Aufrufe, die mit derselben Eingabe immer wieder scheiterten
waste-given-up = Anfragen, die nach mehreren Versuchen aufgegeben wurden
waste-context = Schritte mit mehr als dem Zehnfachen des anfänglichen Kontexts

# Sätze der Version 3.0
text-score-up = Das sind { $points } Punkte mehr als im Zeitraum davor.
text-score-down = Das sind { $points } Punkte weniger als im Zeitraum davor.
text-score-same = Das ist gleich viel wie im Zeitraum davor.
miss-goal-incomplete = { $count ->
    [one] { $n } Ziel wurde nicht erreicht.
   *[other] { $n } Ziele wurden nicht erreicht.
}
miss-rework = { $count ->
    [one] { $n } Ziel wurde später noch einmal bearbeitet.
   *[other] { $n } Ziele wurden später noch einmal bearbeitet.
}
intent-row = { $label }: { $crushed } von { $total }
text-speed = Je Arbeitstag werden { $n } Ziele dauerhaft erreicht ({ $band }).
text-ttc = Die Hälfte davon braucht höchstens { $duration }.
text-weight = Ein erreichtes Ziel braucht im Median { $tokens } Token ({ $band }) und kostet { $cost }.
text-weight-none = Es wurde kein Ziel erreicht, daher lässt sich kein Aufwand nennen.
text-tet = Das sind { $rate } des Zeitraums davor.
text-grade = Die Prompts haben die Note { $grade } ({ $score } von 100).
text-next-none = Nichts zu empfehlen: weiter so.
reason-score = { $value } Punkte; der Median ist { $baseline }.
reason-cost = Kosten von { $value }; der Median ist { $baseline }.
reason-active = { $value } Arbeitszeit; der Median ist { $baseline }.
reason-errors = { $value } der Werkzeugaufrufe scheiterten; der Median ist { $baseline }.
reason-turns = { $value } Prompts; der Median ist { $baseline }.
reason-tokens = { $value } Token; der Median ist { $baseline }.

# Namen
metric-ie = Iterationseffizienz
metric-crr = Zurücksetzen des Kontexts
metric-fc = Fokus
metric-rlr = Relative Antwortzeit
metric-qr = Übernommene Änderungen
dimension-cl = Nutzung des Kontexts
dimension-id = Informationsdichte
dimension-te = Sparsamkeit
dimension-ac = Eindeutigkeit
intent-question = Frage
intent-investigation = Untersuchung
intent-review = Durchsicht
intent-plan = Plan
intent-small-change = Kleine Änderung
intent-bug-fix = Fehlerbehebung
intent-feature = Neue Funktion
intent-refactor = Umbau
pillar-clarity = Klarheit
pillar-context = Kontext
pillar-verification = Überprüfung
pillar-workflow = Arbeitsablauf
band-stalled = im Stillstand
band-light = gemächlich
band-steady = stetig
band-crushing = sehr schnell
band-tight = knapp
band-healthy = gesund
band-heavy = schwer
band-bloated = aufgebläht
tier-elite = Spitze
tier-expert = Experte
tier-proficient = Sicher
tier-practitioner = Geübt
tier-novice = Anfänger
tier-starting = Am Anfang
tier-building = Im Aufbau
tier-scaling = Im Ausbau
tier-crushing = In Bestform

# Reibung
friction-tool-failure = Gescheiterte Werkzeugaufrufe
friction-retry-storm = Derselbe Aufruf scheitert immer wieder
friction-rejected-edit = Abgelehnte Änderungen
friction-api-error = Gescheiterte Anfragen an Modelle
friction-correction = Korrekturen
friction-context-bloat = Zu großer Kontext
mitigation-tool-failure = Dem Agenten in seiner Anleitungsdatei sagen, wie das Projekt gebaut, getestet und gestartet wird.
mitigation-retry-storm = Nach dem zweiten Fehlschlag anhalten, den Fehler einfügen und erst nach der Ursache fragen.
mitigation-rejected-edit = Vor Beginn sagen, was geändert werden darf und was nicht.
mitigation-api-error = Grenzen des Kontos prüfen und lange Läufe zeitlich verteilen.
mitigation-correction = Sagen, wie das Ergebnis geprüft wird, und bei großen Zielen zuerst einen Plan verlangen.
mitigation-context-bloat = Den Kontext leeren oder verdichten, wenn ein neues Ziel beginnt.

# Prüfpunkte für Prompts
check-goal-explicit = Ziel genannt
check-scope-bounded = Umfang begrenzt
check-references-concrete = Konkrete Verweise
check-context-sufficient = Genug Kontext
check-verification-requested = Überprüfung verlangt
check-root-cause-oriented = Fragt nach der Ursache
check-plan-first = Erst der Plan
tip-goal-explicit = Mit einem Verb beginnen und sagen, was herauskommen soll.
before-goal-explicit = Die Anmeldeseite ist komisch.
after-goal-explicit = Zeige auf der Anmeldeseite die Fehlermeldung des Servers unter dem Formular.
tip-scope-bounded = Sagen, wo Schluss ist.
before-scope-bounded = Räum den Parser auf.
after-scope-bounded = Benenne nur die Variablen in src/parse.rs um; ändere kein Verhalten.
tip-references-concrete = Dateien, Zeilen und Funktionen nennen.
before-references-concrete = Repariere die Datumsfunktion.
after-references-concrete = Repariere parse_date in src/dates.rs:42, die Zeitzone geht verloren.
tip-context-sufficient = Den Fehler, den Code oder ein Beispiel einfügen.
before-context-sufficient = Die Tests schlagen fehl.
after-context-sufficient = test_login scheitert seit dem letzten Commit mit „expected 200, got 401“; hier die Ausgabe: …
tip-verification-requested = Sagen, wie das Ergebnis geprüft werden soll.
before-verification-requested = Bau Wiederholungen in den Client ein.
after-verification-requested = Bau Wiederholungen in den Client ein, dazu einen Test, der drei Versuche erwartet; führe die Tests aus.
tip-root-cause-oriented = Vor der Reparatur nach der Ursache fragen.
before-root-cause-oriented = Mach, dass der Absturz verschwindet.
after-root-cause-oriented = Finde heraus, warum der Worker bei leerer Eingabe abstürzt, erkläre die Ursache, dann behebe sie.
tip-plan-first = Vor großen Arbeiten einen Plan verlangen.
before-plan-first = Baue die Exportfunktion.
after-plan-first = Schlage erst einen Plan für die Exportfunktion vor: Dateien, Schritte, Risiken. Warte auf meine Antwort.

# Seiten
page-period = { $from } bis { $to }
page-scope = Bereich: { $scope }
page-made = Erstellt am { $instant }
page-by-template = Texte aus Vorlagen
page-by-llm = Texte von einem Sprachmodell
page-numbers = Zahlen
label-sessions = Sitzungen
label-prompts = Prompts
label-active-days = Aktive Tage
label-cost = Kosten
label-tokens = Token
label-skill = Können
label-win-rate = Erreichte Ziele
label-friction-rate = Sitzungen mit Reibung
label-first-try = Ohne Korrektur
label-waste = Verschwendet
label-score = Punkte
label-grade = Note
label-crushed = Dauerhaft erreicht
label-ttc = Mittlere Zeit bis zum Ziel
label-cspw = Je Arbeitstag
label-weight = Token je Ziel
label-cost-per-crushed = Kosten je Ziel
label-apg = Note der Prompts
label-day = Tag
label-tool = Werkzeug
label-calls = Aufrufe
label-success = Erfolg
label-language = Sprache
label-edits = Änderungen
label-prompt = Prompt
label-weakest = Schwächster Teil
label-session = Sitzung
label-intent = Art
label-result = Ergebnis
label-reason = Warum
label-before = Vorher
label-after = Besser
label-value = Wert
chart-tokens-by-day = Token je Tag
chart-cost-by-model = Kosten je Modell
chart-tools = Werkzeugaufrufe
chart-hours = Prompts je Stunde
chart-skill = Können je Woche
chart-first-try = Ziele ohne Korrektur je Woche
chart-friction = Sitzungen mit Reibung je Woche
chart-score = Punkte im Zeitraum
chart-speed = Erreichte Ziele je Arbeitstag
chart-mix = Token nach Art
chart-checks = Wie oft Prompts jeden Prüfpunkt erfüllen
chart-intents = Erreichte Ziele nach Art
mix-input = Eingabe
mix-output = Ausgabe
mix-cache-read = Aus dem Cache gelesen
mix-cache-write = In den Cache gelegt
result-crushed = erreicht
result-open = noch offen
result-missed = nicht erreicht
result-rework = neu gemacht
result-uncounted = nicht gezählt
highlight-top = Beste
highlight-low = Schwächste
highlight-cost = Teuerste
highlight-long = Längste
highlight-anomaly = Ungewöhnlich
section-prompts = Prompts zum Lernen
section-sessions = Sitzungen
section-highlights = Besonderes
section-coaching = Gewohnheiten
