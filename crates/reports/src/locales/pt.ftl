# Números, datas e durações
date =
    { $day } de { $month ->
        [1] jan.
        [2] fev.
        [3] mar.
        [4] abr.
        [5] mai.
        [6] jun.
        [7] jul.
        [8] ago.
        [9] set.
        [10] out.
        [11] nov.
       *[12] dez.
    } de { $year }
duration-seconds = { $n } s
duration-minutes = { $n } min
duration-hours = { $n } h
labelled = { $label }: { $value }
count-sessions = { $count ->
    [one] { $n } sessão
   *[other] { $n } sessões
}
count-prompts = { $count ->
    [one] { $n } instrução
   *[other] { $n } instruções
}
count-days = { $count ->
    [one] { $n } dia
   *[other] { $n } dias
}
count-tokens = { $count ->
    [one] { $n } token
   *[other] { $n } tokens
}
count-goals = { $count ->
    [one] { $n } objetivo
   *[other] { $n } objetivos
}

# Manchetes
report-title-v2 = Relatório de atividade
report-title-v3 = Relatório de pontuação
report-empty = Nenhuma sessão neste período.
goals-none = Nenhum objetivo conta neste período.
headline-wins = { $rate } dos objetivos alcançados em { $sessions }, por { $cost }.
headline-activity = { $prompts } em { $sessions }, por { $cost }.
headline-score = Pontuação { $score } ({ $grade }): { $goals }, alcançados de forma duradoura: { $crushed }.

# Capítulos
chapter-glance = Em resumo
chapter-activity = Atividade
chapter-habits = Como você trabalha
chapter-wins = O que deu certo
chapter-friction = O que deu errado
chapter-cost = Custo
chapter-prompts = Instruções
chapter-outcome = Resultado
chapter-speed = Velocidade
chapter-tokens = Tokens
chapter-prompting = Qualidade das instruções
chapter-next = O que tentar agora
glance-working = Funciona
glance-hindering = Atrapalha
glance-quick-wins = Ganhos rápidos
working-wins = { $rate } dos objetivos são alcançados
working-first-try = { $rate } dos objetivos dispensam correção
working-tools = { $rate } das chamadas de ferramentas dão certo
working-cache = { $rate } do que os modelos leem vem do cache

# Frases da versão 2.1
text-activity = { $sessions } com { $prompts } em { $days }.
text-busiest = O dia mais ativo foi { $date }, com { $prompts }.
text-tools = Ferramentas mais usadas: { $names }.
text-languages = Linguagens mais editadas: { $names }.
text-turns = Uma sessão tem em média { $n } instruções.
text-session-length = Metade das sessões leva no máximo { $duration } de trabalho.
text-response = Metade das respostas leva no máximo { $duration }.
text-first-try = { $rate } dos objetivos dispensam correção.
text-switches = { $count ->
    [one] { $n } vez houve troca de sessão em menos de um minuto.
   *[other] { $n } vezes houve troca de sessão em menos de um minuto.
}
text-plan-mode = { $count ->
    [one] { $n } sessão usou o modo de planejamento.
   *[other] { $n } sessões usaram o modo de planejamento.
}
text-wins = { $rate } dos objetivos foram alcançados de forma duradoura, em { $sessions }.
text-wins-none = Nenhum objetivo conta ainda.
text-friction = { $rate } das sessões tiveram algum atrito.
text-friction-none = Nenhum atrito foi visto.
text-cost = { $cost } por { $tokens }.
text-waste = Disso, { $cost } ({ $rate }) não trouxe nada.
text-prompts = As instruções obtêm { $score } de 10 ({ $prompts }).
text-prompts-none = Nenhuma instrução pôde ser avaliada.
text-weakest = O ponto mais fraco: { $label }.
rightsizing = Um modelo menor
rightsizing-action = Usar { $to } em vez de { $from } para { $goals } destes tipos: { $kinds }
rightsizing-saves = { $action } (economiza { $cost })
waste-retry-storm = Chamadas que falhavam sem parar com a mesma entrada
waste-given-up = Pedidos abandonados depois de várias tentativas
waste-context = Turnos com mais de dez vezes o contexto inicial

# Frases da versão 3.0
text-score-up = São { $points } pontos a mais que no período anterior.
text-score-down = São { $points } pontos a menos que no período anterior.
text-score-same = É o mesmo que no período anterior.
miss-goal-incomplete = { $count ->
    [one] { $n } objetivo não foi alcançado.
   *[other] { $n } objetivos não foram alcançados.
}
miss-rework = { $count ->
    [one] { $n } objetivo foi refeito depois.
   *[other] { $n } objetivos foram refeitos depois.
}
intent-row = { $label }: { $crushed } de { $total }
text-speed = Por dia útil, { $n } objetivos são alcançados de forma duradoura ({ $band }).
text-ttc = Metade deles leva no máximo { $duration }.
text-weight = O objetivo alcançado mediano usa { $tokens } tokens ({ $band }) e custa { $cost }.
text-weight-none = Nenhum objetivo foi alcançado, portanto não há peso a informar.
text-tet = É { $rate } do período anterior.
text-grade = As instruções têm a nota { $grade } ({ $score } de 100).
text-next-none = Nada a recomendar: continue assim.
reason-score = Pontuação { $value }; a mediana é { $baseline }.
reason-cost = Custou { $value }; a mediana é { $baseline }.
reason-active = { $value } de trabalho; a mediana é { $baseline }.
reason-errors = { $value } das chamadas de ferramentas falharam; a mediana é { $baseline }.
reason-turns = { $value } instruções; a mediana é { $baseline }.
reason-tokens = { $value } tokens; a mediana é { $baseline }.

# Nomes
metric-ie = Eficiência de iteração
metric-crr = Reinícios de contexto
metric-fc = Foco
metric-rlr = Tempo de resposta relativo
metric-qr = Mudanças mantidas
dimension-cl = Uso do contexto
dimension-id = Densidade de informação
dimension-te = Economia de turnos
dimension-ac = Clareza
intent-question = Pergunta
intent-investigation = Investigação
intent-review = Revisão
intent-plan = Planejamento
intent-small-change = Mudança pequena
intent-bug-fix = Correção de erro
intent-feature = Função nova
intent-refactor = Refatoração
pillar-clarity = Clareza
pillar-context = Contexto
pillar-verification = Verificação
pillar-workflow = Fluxo de trabalho
band-stalled = parado
band-light = leve
band-steady = constante
band-crushing = muito rápido
band-tight = enxuto
band-healthy = saudável
band-heavy = pesado
band-bloated = inchado
tier-elite = Elite máxima
tier-expert = Especialista
tier-proficient = Proficiente
tier-practitioner = Praticante
tier-novice = Iniciante
tier-starting = Começando
tier-building = Construindo
tier-scaling = Crescendo
tier-crushing = Arrasando

# Atritos
friction-tool-failure = Chamadas de ferramentas com falha
friction-retry-storm = A mesma chamada falha sem parar
friction-rejected-edit = Edições recusadas
friction-api-error = Pedidos com falha a modelos
friction-correction = Correções
friction-context-bloat = Contexto exagerado
mitigation-tool-failure = Explique ao agente, no arquivo de instruções, como compilar, testar e executar o projeto.
mitigation-retry-storm = Pare após a segunda falha, cole o erro e pergunte primeiro pela causa.
mitigation-rejected-edit = Antes de começar, diga o que pode ser mudado e o que não pode.
mitigation-api-error = Veja os limites da conta e distribua as execuções longas no tempo.
mitigation-correction = Diga como o resultado será verificado e peça um plano quando o objetivo for grande.
mitigation-context-bloat = Limpe ou compacte o contexto quando começar um objetivo novo.

# Verificações das instruções
check-goal-explicit = Objetivo explícito
check-scope-bounded = Escopo delimitado
check-references-concrete = Referências concretas
check-context-sufficient = Contexto suficiente
check-verification-requested = Verificação pedida
check-root-cause-oriented = Pergunta pela causa
check-plan-first = Primeiro o plano
tip-goal-explicit = Comece com um verbo e com o que deve sair.
before-goal-explicit = A página de login está estranha.
after-goal-explicit = Faça a página de login mostrar a mensagem de erro do servidor abaixo do formulário.
tip-scope-bounded = Diga onde parar.
before-scope-bounded = Limpe o analisador.
after-scope-bounded = Renomeie só as variáveis de src/parse.rs; não mude o comportamento.
tip-references-concrete = Cite arquivos, linhas e funções.
before-references-concrete = Conserte a função de datas.
after-references-concrete = Conserte parse_date em src/dates.rs:42: ela perde o fuso horário.
tip-context-sufficient = Cole o erro, o código ou um exemplo.
before-context-sufficient = Os testes falham.
after-context-sufficient = test_login falha com “expected 200, got 401” desde o último commit; eis a saída: …
tip-verification-requested = Diga como o resultado deve ser verificado.
before-verification-requested = Adicione novas tentativas ao cliente.
after-verification-requested = Adicione novas tentativas ao cliente e um teste que espere três; execute os testes.
tip-root-cause-oriented = Pergunte pela causa antes do conserto.
before-root-cause-oriented = Faça a falha sumir.
after-root-cause-oriented = Descubra por que o processo falha com entrada vazia, explique a causa e depois corrija.
tip-plan-first = Peça um plano antes de um trabalho grande.
before-plan-first = Crie a função de exportação.
after-plan-first = Proponha primeiro um plano para a exportação: arquivos, passos, riscos. Espere minha resposta.

# Páginas
page-period = De { $from } a { $to }
page-scope = Escopo: { $scope }
page-made = Criado em { $instant }
page-by-template = Textos de modelos prontos
page-by-llm = Textos de um modelo de linguagem
page-numbers = Números
label-sessions = Sessões
label-prompts = Instruções
label-active-days = Dias ativos
label-cost = Custo
label-tokens = Tokens
label-skill = Habilidade
label-win-rate = Objetivos alcançados
label-friction-rate = Sessões com atrito
label-first-try = Sem correção
label-waste = Desperdiçado
label-score = Pontuação
label-grade = Nota
label-crushed = Alcançados
label-ttc = Tempo mediano
label-cspw = Por dia útil
label-weight = Tokens por objetivo
label-cost-per-crushed = Custo por objetivo
label-apg = Nota das instruções
label-day = Dia
label-tool = Ferramenta
label-calls = Chamadas
label-success = Sucesso
label-language = Linguagem
label-edits = Edições
label-prompt = Instrução
label-weakest = Ponto fraco
label-session = Sessão
label-intent = Tipo
label-result = Resultado
label-reason = Motivo
label-before = Antes
label-after = Melhor
label-value = Valor
chart-tokens-by-day = Tokens por dia
chart-cost-by-model = Custo por modelo
chart-tools = Chamadas de ferramentas
chart-hours = Instruções por hora
chart-skill = Habilidade por semana
chart-first-try = Objetivos sem correção por semana
chart-friction = Sessões com atrito por semana
chart-score = Pontuação no período
chart-speed = Objetivos alcançados por dia útil
chart-mix = Tokens por tipo
chart-checks = Com que frequência cada verificação é cumprida
chart-intents = Objetivos alcançados por tipo
mix-input = Entrada
mix-output = Saída
mix-cache-read = Lidos do cache
mix-cache-write = Postos no cache
result-crushed = alcançado
result-open = ainda aberto
result-missed = não alcançado
result-rework = refeito
result-uncounted = não conta
highlight-top = As melhores
highlight-low = As mais fracas
highlight-cost = As mais caras
highlight-long = As mais longas
highlight-anomaly = Fora do comum
section-prompts = Instruções para aprender
section-sessions = Sessões
section-highlights = Destaques
section-coaching = Hábitos
