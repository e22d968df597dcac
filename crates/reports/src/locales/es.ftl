# Números, fechas y duraciones
date =
    { $day } { $month ->
        [1] ene
        [2] feb
        [3] mar
        [4] abr
        [5] may
        [6] jun
        [7] jul
        [8] ago
        [9] sept
        [10] oct
        [11] nov
       *[12] dic
    } { $year }
duration-seconds = { $n } s
duration-minutes = { $n } min
duration-hours = { $n } h
labelled = { $label }: { $value }
count-sessions = { $count ->
    [one] { $n } sesión
   *[other] { $n } sesiones
}
count-prompts = { $count ->
    [one] { $n } instrucción
   *[other] { $n } instrucciones
}
count-days = { $count ->
    [one] { $n } día
   *[other] { $n } días
}
count-tokens = { $count ->
    [one] { $n } token
   *[other] { $n } tokens
}
count-goals = { $count ->
    [one] { $n } objetivo
   *[other] { $n } objetivos
}

# Titulares
report-title-v2 = Informe de actividad
report-title-v3 = Informe de puntuación
report-empty = No hay sesiones en este período.
goals-none = Ningún objetivo cuenta en este período.
headline-wins = { $rate } de los objetivos alcanzados en { $sessions }, por { $cost }.
headline-activity = { $prompts } en { $sessions }, por { $cost }.
headline-score = Puntuación { $score } ({ $grade }): { $goals }, alcanzados de forma duradera: { $crushed }.

# Capítulos
chapter-glance = De un vistazo
chapter-activity = Actividad
chapter-habits = Cómo trabajas
chapter-wins = Lo que salió bien
chapter-friction = Lo que se tuerce
chapter-cost = Coste
chapter-prompts = Instrucciones
chapter-outcome = Resultado
chapter-speed = Velocidad
chapter-tokens = Tokens
chapter-prompting = Calidad de las instrucciones
chapter-next = Qué probar ahora
glance-working = Funciona
glance-hindering = Estorba
glance-quick-wins = Mejoras rápidas
working-wins = Se alcanza el { $rate } de los objetivos
working-first-try = El { $rate } de los objetivos no necesita correcciones
working-tools = El { $rate } de las llamadas a herramientas tiene éxito
working-cache = El { $rate } de lo que leen los modelos viene de la caché

# Frases de la versión 2.1
text-activity = { $sessions } con { $prompts } en { $days }.
text-busiest = El día más activo fue el { $date }, con { $prompts }.
text-tools = Herramientas más usadas: { $names }.
text-languages = Lenguajes más editados: { $names }.
text-turns = Una sesión tiene de media { $n } instrucciones.
text-session-length = La mitad de las sesiones dura como mucho { $duration } de trabajo.
text-response = La mitad de las respuestas tarda como mucho { $duration }.
text-first-try = El { $rate } de los objetivos no necesita correcciones.
text-switches = { $count ->
    [one] { $n } vez se cambió de sesión en menos de un minuto.
   *[other] { $n } veces se cambió de sesión en menos de un minuto.
}
text-plan-mode = { $count ->
    [one] { $n } sesión usó el modo de planificación.
   *[other] { $n } sesiones usaron el modo de planificación.
}
text-wins = El { $rate } de los objetivos se alcanzó de forma duradera, en { $sessions }.
text-wins-none = Todavía no cuenta ningún objetivo.
text-friction = El { $rate } de las sesiones tuvo alguna fricción.
text-friction-none = No se observó ninguna fricción.
text-cost = { $cost } por { $tokens }.
text-waste = De ello, { $cost } ({ $rate }) no aportó nada.
text-prompts = Las instrucciones obtienen { $score } de 10 ({ $prompts }).
text-prompts-none = No se pudo evaluar ninguna instrucción.
text-weakest = Lo más débil: { $label }.
rightsizing = Un modelo más pequeño
rightsizing-action = Usar { $to } en lugar de { $from } para { $goals } de estos tipos: { $kinds }
rightsizing-saves = { $action } (ahorra { $cost })
waste-retry-storm = Llamadas que fallaban una y otra vez con la misma entrada
waste-given-up = Peticiones abandonadas tras varios intentos
waste-context = Turnos con más de diez veces el contexto inicial

# Frases de la versión 3.0
text-score-up = Son { $points } puntos más que en el período anterior.
text-score-down = Son { $points } puntos menos que en el período anterior.
text-score-same = Es lo mismo que en el período anterior.
miss-goal-incomplete = { $count ->
    [one] { $n } objetivo no se alcanzó.
   *[other] { $n } objetivos no se alcanzaron.
}
miss-rework = { $count ->
    [one] { $n } objetivo se rehízo más tarde.
   *[other] { $n } objetivos se rehicieron más tarde.
}
intent-row = { $label }: { $crushed } de { $total }
text-speed = Cada día laborable se alcanzan { $n } objetivos de forma duradera ({ $band }).
text-ttc = La mitad tarda como mucho { $duration }.
text-weight = La mediana de un objetivo alcanzado son { $tokens } tokens ({ $band }) y { $cost }.
text-weight-none = No se alcanzó ningún objetivo, así que no hay peso que indicar.
text-tet = Es el { $rate } del período anterior.
text-grade = Las instrucciones tienen la nota { $grade } ({ $score } de 100).
text-next-none = Nada que recomendar: sigue así.
reason-score = Puntuación { $value }; la mediana es { $baseline }.
reason-cost = Costó { $value }; la mediana es { $baseline }.
reason-active = { $value } de trabajo; la mediana es { $baseline }.
reason-errors = Falló el { $value } de sus llamadas a herramientas; la mediana es { $baseline }.
reason-turns = { $value } instrucciones; la mediana es { $baseline }.
reason-tokens = { $value } tokens; la mediana es { $baseline }.

# Nombres
metric-ie = Eficiencia de iteración
metric-crr = Reinicios de contexto
metric-fc = Concentración
metric-rlr = Tiempo de respuesta relativo
metric-qr = Cambios conservados
dimension-cl = Aprovechamiento del contexto
dimension-id = Densidad de información
dimension-te = Economía de turnos
dimension-ac = Claridad
intent-question = Pregunta
intent-investigation = Investigación
intent-review = Revisión
intent-plan = Planificación
intent-small-change = Cambio pequeño
intent-bug-fix = Corrección de errores
intent-feature = Función nueva
intent-refactor = Refactorización
pillar-clarity = Claridad
pillar-context = Contexto
pillar-verification = Verificación
pillar-workflow = Flujo de trabajo
band-stalled = parado
band-light = ligero
band-steady = constante
band-crushing = muy rápido
band-tight = ajustado
band-healthy = sano
band-heavy = pesado
band-bloated = inflado
tier-elite = Élite
tier-expert = Experto
tier-proficient = Competente
tier-practitioner = Practicante
tier-novice = Principiante
tier-starting = Empezando
tier-building = Construyendo
tier-scaling = Creciendo
tier-crushing = Arrasando

# Fricciones
friction-tool-failure = Llamadas a herramientas fallidas
friction-retry-storm = La misma llamada falla una y otra vez
friction-rejected-edit = Cambios rechazados
friction-api-error = Peticiones fallidas a modelos
friction-correction = Correcciones
friction-context-bloat = Contexto desmesurado
mitigation-tool-failure = Explica al agente, en su archivo de instrucciones, cómo compilar, probar y ejecutar el proyecto.
mitigation-retry-storm = Detente tras el segundo fallo, pega el error y pregunta primero por la causa.
mitigation-rejected-edit = Antes de empezar, di qué se puede cambiar y qué no.
mitigation-api-error = Revisa los límites de la cuenta y reparte en el tiempo las ejecuciones largas.
mitigation-correction = Di cómo se comprobará el resultado y pide un plan cuando el objetivo sea grande.
mitigation-context-bloat = Vacía o compacta el contexto cuando empiece un objetivo nuevo.

# Comprobaciones de las instrucciones
check-goal-explicit = Objetivo expreso
check-scope-bounded = Alcance acotado
check-references-concrete = Referencias concretas
check-context-sufficient = Contexto suficiente
check-verification-requested = Verificación pedida
check-root-cause-oriented = Pregunta por la causa
check-plan-first = Primero el plan
tip-goal-explicit = Empieza con un verbo y con lo que debe salir.
before-goal-explicit = La página de acceso está rara.
after-goal-explicit = Haz que la página de acceso muestre el mensaje de error del servidor bajo el formulario.
tip-scope-bounded = Di dónde parar.
before-scope-bounded = Limpia el analizador.
after-scope-bounded = Cambia solo los nombres de las variables de src/parse.rs; no cambies el comportamiento.
tip-references-concrete = Nombra archivos, líneas y funciones.
before-references-concrete = Arregla la función de fechas.
after-references-concrete = Arregla parse_date en src/dates.rs:42: pierde la zona horaria.
tip-context-sufficient = Pega el error, el código o un ejemplo.
before-context-sufficient = Las pruebas fallan.
after-context-sufficient = test_login falla con «expected 200, got 401» desde el último commit; esta es la salida: …
tip-verification-requested = Di cómo se debe comprobar el resultado.
before-verification-requested = Añade reintentos al cliente.
after-verification-requested = Añade reintentos al cliente y una prueba que espere tres intentos; ejecuta las pruebas.
tip-root-cause-oriented = Pregunta por la causa antes de reparar.
before-root-cause-oriented = Haz que deje de fallar.
after-root-cause-oriented = Averigua por qué el proceso falla con una entrada vacía, explica la causa y luego corrígela.
tip-plan-first = Pide un plan antes de un trabajo grande.
before-plan-first = Crea la función de exportación.
after-plan-first = Propón primero un plan para la exportación: archivos, pasos, riesgos. Espera mi respuesta.

# Páginas
page-period = Del { $from } al { $to }
page-scope = Ámbito: { $scope }
page-made = Creado el { $instant }
page-by-template = Textos de plantillas
page-by-llm = Textos de un modelo de lenguaje
page-numbers = Cifras
label-sessions = Sesiones
label-prompts = Instrucciones
label-active-days = Días activos
label-cost = Coste
label-tokens = Tokens
label-skill = Habilidad
label-win-rate = Objetivos alcanzados
label-friction-rate = Sesiones con fricción
label-first-try = Sin corrección
label-waste = Desperdiciado
label-score = Puntuación
label-grade = Nota
label-crushed = Alcanzados
label-ttc = Tiempo mediano
label-cspw = Por día laborable
label-weight = Tokens por objetivo
label-cost-per-crushed = Coste por objetivo
label-apg = Nota de las instrucciones
label-day = Día
label-tool = Herramienta
label-calls = Llamadas
label-success = Éxito
label-language = Lenguaje
label-edits = Ediciones
label-prompt = Instrucción
label-weakest = Lo más débil
label-session = Sesión
label-intent = Tipo
label-result = Resultado
label-reason = Motivo
label-before = Antes
label-after = Mejor
label-value = Valor
chart-tokens-by-day = Tokens por día
chart-cost-by-model = Coste por modelo
chart-tools = Llamadas a herramientas
chart-hours = Instrucciones por hora
chart-skill = Habilidad por semana
chart-first-try = Objetivos sin corrección por semana
chart-friction = Sesiones con fricción por semana
chart-score = Puntuación durante el período
chart-speed = Objetivos alcanzados por día laborable
chart-mix = Tokens por tipo
chart-checks = Con qué frecuencia se cumple cada comprobación
chart-intents = Objetivos alcanzados por tipo
mix-input = Entrada
mix-output = Salida
mix-cache-read = Leídos de la caché
mix-cache-write = Guardados en la caché
result-crushed = alcanzado
result-open = aún abierto
result-missed = no alcanzado
result-rework = rehecho
result-uncounted = no cuenta
highlight-top = Las mejores
highlight-low = Las más flojas
highlight-cost = Las más caras
highlight-long = Las más largas
highlight-anomaly = Fuera de lo común
section-prompts = Instrucciones de las que aprender
section-sessions = Sesiones
section-highlights = Destacados
section-coaching = Hábitos
