# Nombres, dates et durées
date =
    { $day } { $month ->
        [1] janv.
        [2] févr.
        [3] mars
        [4] avr.
        [5] mai
        [6] juin
        [7] juil.
        [8] août
        [9] sept.
        [10] oct.
        [11] nov.
       *[12] déc.
    } { $year }
duration-seconds = { $n } s
duration-minutes = { $n } min
duration-hours = { $n } h
labelled = { $label } : { $value }
count-sessions = { $count ->
    [one] { $n } session
   *[other] { $n } sessions
}
count-prompts = { $count ->
    [one] { $n } consigne
   *[other] { $n } consignes
}
count-days = { $count ->
    [one] { $n } jour
   *[other] { $n } jours
}
count-tokens = { $count ->
    [one] { $n } jeton
   *[other] { $n } jetons
}
count-goals = { $count ->
    [one] { $n } objectif
   *[other] { $n } objectifs
}

# Titres
report-title-v2 = Rapport d’activité
report-title-v3 = Rapport de score
report-empty = Aucune session pendant cette période.
goals-none = Aucun objectif ne compte pendant cette période.
headline-wins = { $rate } des objectifs atteints en { $sessions }, pour { $cost }.
headline-activity = { $prompts } en { $sessions }, pour { $cost }.
headline-score = Score { $score } ({ $grade }) : { $goals }, atteints durablement : { $crushed }.

# Chapitres
chapter-glance = En bref
chapter-activity = Activité
chapter-habits = Votre façon de travailler
chapter-wins = Ce qui a réussi
chapter-friction = Ce qui coince
chapter-cost = Coût
chapter-prompts = Consignes
chapter-outcome = Résultat
chapter-speed = Vitesse
chapter-tokens = Jetons
chapter-prompting = Qualité des consignes
chapter-next = À essayer ensuite
glance-working = Ce qui marche
glance-hindering = Ce qui gêne
glance-quick-wins = Gains rapides
working-wins = { $rate } des objectifs sont atteints
working-first-try = { $rate } des objectifs se passent de correction
working-tools = { $rate } des appels d’outils réussissent
working-cache = { $rate } de ce que lisent les modèles vient du cache

# Phrases de la version 2.1
text-activity = { $sessions } avec { $prompts } sur { $days }.
text-busiest = Le jour le plus actif a été le { $date }, avec { $prompts }.
text-tools = Outils les plus utilisés : { $names }.
text-languages = Langages les plus modifiés : { $names }.
text-turns = Une session compte en moyenne { $n } consignes.
text-session-length = La moitié des sessions demande au plus { $duration } de travail.
text-response = La moitié des réponses prend au plus { $duration }.
text-first-try = { $rate } des objectifs se passent de correction.
text-switches = { $count ->
    [one] { $n } fois, une autre session a pris la suite en moins d’une minute.
   *[other] { $n } fois, une autre session a pris la suite en moins d’une minute.
}
text-plan-mode = { $count ->
    [one] { $n } session a utilisé le mode de planification.
   *[other] { $n } sessions ont utilisé le mode de planification.
}
text-wins = { $rate } des objectifs ont été atteints durablement, en { $sessions }.
text-wins-none = Aucun objectif ne compte encore.
text-friction = { $rate } des sessions ont connu une friction.
text-friction-none = Aucune friction n’a été observée.
text-cost = { $cost } pour { $tokens }.
text-waste = Dont { $cost } ({ $rate }) sans résultat.
text-prompts = Les consignes obtiennent { $score } sur 10 ({ $prompts }).
text-prompts-none = Aucune consigne n’a pu être notée.
text-weakest = Le point le plus faible : { $label }.
rightsizing = Un modèle plus petit
rightsizing-action = Utiliser { $to } au lieu de { $from } pour { $goals } de ces types : { $kinds }
rightsizing-saves = { $action } (économise { $cost })
waste-retry-storm = Appels qui échouaient sans cesse avec la même entrée
waste-given-up = Requêtes abandonnées après plusieurs essais
waste-context = Tours avec plus de dix fois le contexte de départ

# Phrases de la version 3.0
text-score-up = C’est { $points } points de plus que pendant la période précédente.
text-score-down = C’est { $points } points de moins que pendant la période précédente.
text-score-same = C’est autant que pendant la période précédente.
miss-goal-incomplete = { $count ->
    [one] { $n } objectif n’a pas été atteint.
   *[other] { $n } objectifs n’ont pas été atteints.
}
miss-rework = { $count ->
    [one] { $n } objectif a été refait plus tard.
   *[other] { $n } objectifs ont été refaits plus tard.
}
intent-row = { $label } : { $crushed } sur { $total }
text-speed = { $n } objectifs sont atteints durablement par jour ouvré ({ $band }).
text-ttc = La moitié d’entre eux prend au plus { $duration }.
text-weight = L’objectif atteint médian demande { $tokens } jetons ({ $band }) et coûte { $cost }.
text-weight-none = Aucun objectif n’a été atteint : il n’y a pas de poids à donner.
text-tet = C’est { $rate } de la période précédente.
text-grade = Les consignes ont la note { $grade } ({ $score } sur 100).
text-next-none = Rien à recommander : continuez ainsi.
reason-score = Score de { $value } ; la médiane est de { $baseline }.
reason-cost = Coût de { $value } ; la médiane est de { $baseline }.
reason-active = { $value } de travail ; la médiane est de { $baseline }.
reason-errors = { $value } de ses appels d’outils ont échoué ; la médiane est de { $baseline }.
reason-turns = { $value } consignes ; la médiane est de { $baseline }.
reason-tokens = { $value } jetons ; la médiane est de { $baseline }.

# Noms
metric-ie = Efficacité des itérations
metric-crr = Remises à zéro du contexte
metric-fc = Concentration
metric-rlr = Temps de réponse relatif
metric-qr = Modifications conservées
dimension-cl = Usage du contexte
dimension-id = Densité d’information
dimension-te = Économie de tours
dimension-ac = Clarté
intent-question = Question ponctuelle
intent-investigation = Enquête
intent-review = Relecture
intent-plan = Planification
intent-small-change = Petite modification
intent-bug-fix = Correction de bogue
intent-feature = Nouvelle fonction
intent-refactor = Remaniement
pillar-clarity = Clarté
pillar-context = Contexte
pillar-verification = Vérification
pillar-workflow = Méthode de travail
band-stalled = à l’arrêt
band-light = léger
band-steady = régulier
band-crushing = très rapide
band-tight = serré
band-healthy = sain
band-heavy = lourd
band-bloated = gonflé
tier-elite = Élite
tier-expert = Expert confirmé
tier-proficient = Compétent
tier-practitioner = Praticien
tier-novice = Débutant
tier-starting = Au départ
tier-building = En construction
tier-scaling = En progression
tier-crushing = Au sommet

# Frictions
friction-tool-failure = Appels d’outils en échec
friction-retry-storm = Le même appel échoue sans cesse
friction-rejected-edit = Modifications refusées
friction-api-error = Requêtes en échec vers les modèles
friction-correction = Corrections apportées
friction-context-bloat = Contexte démesuré
mitigation-tool-failure = Expliquez à l’agent, dans son fichier d’instructions, comment compiler, tester et lancer le projet.
mitigation-retry-storm = Arrêtez-vous après le deuxième échec, collez l’erreur et demandez d’abord la cause.
mitigation-rejected-edit = Avant de commencer, dites ce qui peut être modifié et ce qui ne le peut pas.
mitigation-api-error = Vérifiez les limites du compte et étalez les longues exécutions.
mitigation-correction = Dites comment le résultat sera vérifié et demandez un plan quand l’objectif est grand.
mitigation-context-bloat = Videz ou compactez le contexte quand un nouvel objectif commence.

# Points de contrôle des consignes
check-goal-explicit = But énoncé
check-scope-bounded = Périmètre borné
check-references-concrete = Références concrètes
check-context-sufficient = Contexte suffisant
check-verification-requested = Vérification demandée
check-root-cause-oriented = Cherche la cause
check-plan-first = Le plan d’abord
tip-goal-explicit = Commencez par un verbe et par ce qui doit en sortir.
before-goal-explicit = La page de connexion est bizarre.
after-goal-explicit = Fais afficher le message d’erreur du serveur sous le formulaire de la page de connexion.
tip-scope-bounded = Dites où s’arrêter.
before-scope-bounded = Nettoie l’analyseur.
after-scope-bounded = Renomme seulement les variables de src/parse.rs ; ne change aucun comportement.
tip-references-concrete = Nommez les fichiers, les lignes et les fonctions.
before-references-concrete = Répare la fonction de date.
after-references-concrete = Répare parse_date dans src/dates.rs:42 : elle perd le fuseau horaire.
tip-context-sufficient = Collez l’erreur, le code ou un exemple.
before-context-sufficient = Les tests échouent.
after-context-sufficient = test_login échoue avec « expected 200, got 401 » depuis le dernier commit ; voici la sortie : …
tip-verification-requested = Dites comment vérifier le résultat.
before-verification-requested = Ajoute une reprise au client.
after-verification-requested = Ajoute une reprise au client et un test qui attend trois essais ; lance les tests.
tip-root-cause-oriented = Demandez la cause avant la réparation.
before-root-cause-oriented = Fais disparaître le plantage.
after-root-cause-oriented = Trouve pourquoi le processus plante sur une entrée vide, explique la cause, puis corrige-la.
tip-plan-first = Demandez un plan avant un grand travail.
before-plan-first = Crée la fonction d’export.
after-plan-first = Propose d’abord un plan pour l’export : fichiers, étapes, risques. Attends ma réponse.

# Pages
page-period = Du { $from } au { $to }
page-scope = Portée : { $scope }
page-made = Établi le { $instant }
page-by-template = Textes issus de modèles de phrases
page-by-llm = Textes d’un modèle de langue
page-numbers = Chiffres
label-sessions = Sessions
label-prompts = Consignes
label-active-days = Jours actifs
label-cost = Coût
label-tokens = Jetons
label-skill = Savoir-faire
label-win-rate = Objectifs atteints
label-friction-rate = Sessions avec friction
label-first-try = Sans correction
label-waste = Gaspillé
label-score = Score
label-grade = Note
label-crushed = Atteints durablement
label-ttc = Temps médian
label-cspw = Par jour ouvré
label-weight = Jetons par objectif
label-cost-per-crushed = Coût par objectif
label-apg = Note des consignes
label-day = Jour
label-tool = Outil
label-calls = Appels
label-success = Réussite
label-language = Langage
label-edits = Modifications
label-prompt = Consigne
label-weakest = Point faible
label-session = Session
label-intent = Type
label-result = Résultat
label-reason = Pourquoi
label-before = Avant
label-after = Mieux
label-value = Valeur
chart-tokens-by-day = Jetons par jour
chart-cost-by-model = Coût par modèle
chart-tools = Appels d’outils
chart-hours = Consignes par heure
chart-skill = Savoir-faire par semaine
chart-first-try = Objectifs sans correction par semaine
chart-friction = Sessions avec friction par semaine
chart-score = Score au fil de la période
chart-speed = Objectifs atteints par jour ouvré
chart-mix = Jetons par nature
chart-checks = Fréquence de chaque point de contrôle
chart-intents = Objectifs atteints par type
mix-input = Entrée
mix-output = Sortie
mix-cache-read = Lus dans le cache
mix-cache-write = Mis dans le cache
result-crushed = atteint
result-open = encore ouvert
result-missed = non atteint
result-rework = refait
result-uncounted = non compté
highlight-top = Les meilleures
highlight-low = Les plus faibles
highlight-cost = Les plus chères
highlight-long = Les plus longues
highlight-anomaly = Inhabituelles
section-prompts = Consignes dont tirer des leçons
section-sessions = Sessions
section-highlights = Faits marquants
section-coaching = Habitudes
