# 数値・日付・時間
date = { $year }年{ $month }月{ $day }日
duration-seconds = { $n }秒
duration-minutes = { $n }分
duration-hours = { $n }時間
labelled = { $label }：{ $value }
count-sessions = { $count ->
   *[other] { $n }セッション
}
count-prompts = { $count ->
   *[other] プロンプト{ $n }件
}
count-days = { $count ->
   *[other] { $n }日
}
count-tokens = { $count ->
   *[other] { $n }トークン
}
count-goals = { $count ->
   *[other] 目標{ $n }件
}

# 見出し
report-title-v2 = インサイトレポート
report-title-v3 = スコアレポート
report-empty = この期間にセッションはありません。
goals-none = この期間に対象となる目標はありません。
headline-wins = { $sessions }で目標の{ $rate }を達成、費用は{ $cost }。
headline-activity = { $sessions }、{ $prompts }、費用は{ $cost }。
headline-score = スコア{ $score }（{ $grade }）：{ $goals }のうち{ $crushed }件を確実に達成。

# 章
chapter-glance = 概要
chapter-activity = 活動
chapter-habits = 作業の進め方
chapter-wins = うまくいったこと
chapter-friction = つまずいたところ
chapter-cost = 費用
chapter-prompts = プロンプト
chapter-outcome = 成果
chapter-speed = 速さ
chapter-tokens = トークン
chapter-prompting = プロンプトの質
chapter-next = 次に試すこと
glance-working = 好調な点
glance-hindering = 妨げになっている点
glance-quick-wins = すぐできる改善
working-wins = 目標の{ $rate }が達成されています
working-first-try = 目標の{ $rate }は修正の指示なしで済んでいます
working-tools = ツール呼び出しの{ $rate }が成功しています
working-cache = モデルが読んだ内容の{ $rate }はキャッシュからです

# 2.1 版の文
text-activity = { $days }の間に{ $sessions }、{ $prompts }がありました。
text-busiest = 最も多かった日は{ $date }で、{ $prompts }でした。
text-tools = よく使われたツール：{ $names }。
text-languages = よく編集された言語：{ $names }。
text-turns = 1セッションあたりのプロンプトは平均{ $n }件です。
text-session-length = セッションの半数は作業時間{ $duration }以内です。
text-response = 応答の半数は{ $duration }以内です。
text-first-try = 目標の{ $rate }は修正の指示なしで済みました。
text-switches = { $count ->
   *[other] 1分以内に別のセッションへ移ったことが{ $n }回あります。
}
text-plan-mode = { $count ->
   *[other] { $n }セッションでプランモードが使われました。
}
text-wins = 目標の{ $rate }が確実に達成されました（{ $sessions }）。
text-wins-none = 対象となる目標はまだありません。
text-friction = セッションの{ $rate }で何らかのつまずきがありました。
text-friction-none = つまずきは見られませんでした。
text-cost = { $tokens }で{ $cost }かかりました。
text-waste = そのうち{ $cost }（{ $rate }）は成果につながりませんでした。
text-prompts = プロンプトの評価は10点中{ $score }点です（{ $prompts }）。
text-prompts-none = 評価できるプロンプトはありませんでした。
text-weakest = 最も弱い点：{ $label }。
rightsizing = より小さなモデル
rightsizing-action = { $goals }（{ $kinds }）には{ $from }の代わりに{ $to }を使う
rightsizing-saves = { $action }（{ $cost }の節約）
waste-retry-storm = 同じ入力で失敗し続けた呼び出し
waste-given-up = 何度か試した末に断念したリクエスト
waste-context = 開始時の10倍を超えるコンテキストを持つターン

# 3.0 版の文
text-score-up = 前の期間より{ $points }ポイント高くなりました。
text-score-down = 前の期間より{ $points }ポイント低くなりました。
text-score-same = 前の期間と同じです。
miss-goal-incomplete = { $count ->
   *[other] { $n }件の目標は達成されませんでした。
}
miss-rework = { $count ->
   *[other] { $n }件の目標は後でやり直されました。
}
intent-row = { $label }：{ $total }件中{ $crushed }件
text-speed = 1営業日に{ $n }件の目標が確実に達成されています（{ $band }）。
text-ttc = その半数は{ $duration }以内です。
text-weight = 達成した目標の中央値は{ $tokens }トークン（{ $band }）、費用は{ $cost }です。
text-weight-none = 達成された目標がないため、重さは示せません。
text-tet = 前の期間の{ $rate }です。
text-grade = プロンプトの評価は{ $grade }です（100点中{ $score }点）。
text-next-none = 特に勧めることはありません。この調子で続けてください。
reason-score = スコアは{ $value }、中央値は{ $baseline }です。
reason-cost = 費用は{ $value }、中央値は{ $baseline }です。
reason-active = 作業時間は{ $value }、中央値は{ $baseline }です。
reason-errors = ツール呼び出しの{ $value }が失敗、中央値は{ $baseline }です。
reason-turns = プロンプトは{ $value }件、中央値は{ $baseline }件です。
reason-tokens = { $value }トークン、中央値は{ $baseline }です。

# 名称
metric-ie = 反復の効率
metric-crr = コンテキストのリセット
metric-fc = 集中
metric-rlr = 相対応答時間
metric-qr = 採用された変更
dimension-cl = コンテキストの活用
dimension-id = 情報の密度
dimension-te = ターンの節約
dimension-ac = 明確さ
intent-question = 質問
intent-investigation = 調査
intent-review = レビュー
intent-plan = 計画
intent-small-change = 小さな変更
intent-bug-fix = バグ修正
intent-feature = 新機能
intent-refactor = リファクタリング
pillar-clarity = 明確さ
pillar-context = コンテキスト
pillar-verification = 検証
pillar-workflow = 進め方
band-stalled = 停滞
band-light = 軽め
band-steady = 安定
band-crushing = 絶好調
band-tight = 引き締まっている
band-healthy = 健全
band-heavy = 重い
band-bloated = 肥大
tier-elite = エリート
tier-expert = エキスパート
tier-proficient = 熟達
tier-practitioner = 実践者
tier-novice = 初心者
tier-starting = 始動
tier-building = 構築中
tier-scaling = 拡大中
tier-crushing = 絶好調

# つまずき
friction-tool-failure = 失敗したツール呼び出し
friction-retry-storm = 同じ呼び出しの繰り返しの失敗
friction-rejected-edit = 却下された編集
friction-api-error = モデルへの失敗したリクエスト
friction-correction = 修正の指示
friction-context-bloat = 大きすぎるコンテキスト
mitigation-tool-failure = ビルド・テスト・実行の方法をエージェントの指示ファイルに書きましょう。
mitigation-retry-storm = 2回失敗したら止め、エラーを貼って、まず原因を尋ねましょう。
mitigation-rejected-edit = 変えてよいものといけないものを、始める前に伝えましょう。
mitigation-api-error = アカウントの上限を確かめ、長い処理は時間を分けましょう。
mitigation-correction = 結果の確かめ方を伝え、大きな目標ではまず計画を求めましょう。
mitigation-context-bloat = 新しい目標を始めるときにコンテキストを消去または圧縮しましょう。

# プロンプトの確認項目
check-goal-explicit = 目標が明示されている
check-scope-bounded = 範囲が限られている
check-references-concrete = 具体的な参照がある
check-context-sufficient = 十分な背景がある
check-verification-requested = 検証を求めている
check-root-cause-oriented = 原因を尋ねている
check-plan-first = まず計画
tip-goal-explicit = 何をして何を得たいかを最初に書きましょう。
before-goal-explicit = ログインページが変です。
after-goal-explicit = ログインページのフォームの下にサーバーのエラーメッセージを表示してください。
tip-scope-bounded = どこまでかを伝えましょう。
before-scope-bounded = パーサーを整理して。
after-scope-bounded = src/parse.rs の変数名だけを変更し、動作は変えないでください。
tip-references-concrete = ファイル・行・関数の名前を挙げましょう。
before-references-concrete = 日付の関数を直して。
after-references-concrete = src/dates.rs:42 の parse_date を直してください。タイムゾーンが失われます。
tip-context-sufficient = エラー・コード・例を貼りましょう。
before-context-sufficient = テストが失敗します。
after-context-sufficient = 前回のコミット以降 test_login が「expected 200, got 401」で失敗します。出力はこちら：…
tip-verification-requested = 結果をどう確かめるかを伝えましょう。
before-verification-requested = クライアントに再試行を追加して。
after-verification-requested = クライアントに再試行と、3回の試行を確かめるテストを追加し、テストを実行してください。
tip-root-cause-oriented = 直す前に原因を尋ねましょう。
before-root-cause-oriented = クラッシュをなくして。
after-root-cause-oriented = 空の入力でワーカーがクラッシュする原因を調べて説明し、それから直してください。
tip-plan-first = 大きな作業の前に計画を求めましょう。
before-plan-first = エクスポート機能を作って。
after-plan-first = まずエクスポート機能の計画（ファイル、手順、リスク）を提案し、返事を待ってください。

# ページ
page-period = { $from }～{ $to }
page-scope = スコープ：{ $scope }
page-made = 作成：{ $instant }
page-by-template = 文章はテンプレートによる
page-by-llm = 文章は言語モデルによる
page-numbers = 数値
label-sessions = セッション
label-prompts = プロンプト
label-active-days = 活動日数
label-cost = 費用
label-tokens = トークン
label-skill = スキル
label-win-rate = 目標の達成率
label-friction-rate = つまずいたセッション
label-first-try = 修正の指示なし
label-waste = 無駄
label-score = スコア
label-grade = 評価
label-crushed = 確実に達成
label-ttc = 達成までの中央値
label-cspw = 1営業日あたり
label-weight = 目標あたりのトークン
label-cost-per-crushed = 目標あたりの費用
label-apg = プロンプトの評価
label-day = 日
label-tool = ツール
label-calls = 呼び出し
label-success = 成功率
label-language = 言語
label-edits = 編集
label-prompt = プロンプト
label-weakest = 最も弱い点
label-session = セッション
label-intent = 種類
label-result = 結果
label-reason = 理由
label-before = 前
label-after = 改善後
label-value = 値
chart-tokens-by-day = 日別のトークン
chart-cost-by-model = モデル別の費用
chart-tools = ツール呼び出し
chart-hours = 時間帯別のプロンプト
chart-skill = 週別のスキル
chart-first-try = 修正の指示なしの目標（週別）
chart-friction = つまずいたセッション（週別）
chart-score = 期間中のスコア
chart-speed = 1営業日あたりの達成数
chart-mix = 種類別のトークン
chart-checks = プロンプトが各項目を満たす割合
chart-intents = 種類別の達成数
mix-input = 入力
mix-output = 出力
mix-cache-read = キャッシュから読み取り
mix-cache-write = キャッシュへ書き込み
result-crushed = 達成
result-open = 進行中
result-missed = 未達成
result-rework = やり直し
result-uncounted = 対象外
highlight-top = 最良
highlight-low = 最低
highlight-cost = 最も高額
highlight-long = 最も長い
highlight-anomaly = 異例
section-prompts = 学びになるプロンプト
section-sessions = セッション
section-highlights = 注目
section-coaching = 習慣
