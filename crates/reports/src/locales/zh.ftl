# 数字、日期与时长
date = { $year }年{ $month }月{ $day }日
duration-seconds = { $n } 秒
duration-minutes = { $n } 分钟
duration-hours = { $n } 小时
labelled = { $label }：{ $value }
count-sessions = { $count ->
   *[other] { $n } 个会话
}
count-prompts = { $count ->
   *[other] { $n } 条提示
}
count-days = { $count ->
   *[other] { $n } 天
}
count-tokens = { $count ->
   *[other] { $n } 个词元
}
count-goals = { $count ->
   *[other] { $n } 个目标
}

# 标题
report-title-v2 = 洞察报告
report-title-v3 = 评分报告
report-empty = 此期间没有会话。
goals-none = 此期间没有计入的目标。
headline-wins = { $sessions }，目标达成率 { $rate }，花费 { $cost }。
headline-activity = { $sessions }，{ $prompts }，花费 { $cost }。
headline-score = 得分 { $score }（{ $grade }）：{ $goals }中有 { $crushed } 个稳固达成。

# 章节
chapter-glance = 概览
chapter-activity = 活动
chapter-habits = 工作方式
chapter-wins = 顺利之处
chapter-friction = 不顺之处
chapter-cost = 费用
chapter-prompts = 提示
chapter-outcome = 成果
chapter-speed = 速度
chapter-tokens = 词元
chapter-prompting = 提示质量
chapter-next = 接下来可以尝试
glance-working = 做得好的
glance-hindering = 有阻碍的
glance-quick-wins = 快速改进
working-wins = { $rate } 的目标得以达成
working-first-try = { $rate } 的目标无需纠正
working-tools = { $rate } 的工具调用成功
working-cache = 模型读取的内容中 { $rate } 来自缓存

# 2.1 版的句子
text-activity = 在 { $days }里共有 { $sessions }、{ $prompts }。
text-busiest = 最忙的一天是{ $date }，有 { $prompts }。
text-tools = 最常用的工具：{ $names }。
text-languages = 编辑最多的语言：{ $names }。
text-turns = 每个会话平均有 { $n } 条提示。
text-session-length = 一半的会话工作时间不超过 { $duration }。
text-response = 一半的回答用时不超过 { $duration }。
text-first-try = { $rate } 的目标无需纠正。
text-switches = { $count ->
   *[other] 有 { $n } 次在一分钟内切换到另一个会话。
}
text-plan-mode = { $count ->
   *[other] { $n } 个会话使用了计划模式。
}
text-wins = { $rate } 的目标稳固达成（{ $sessions }）。
text-wins-none = 还没有计入的目标。
text-friction = { $rate } 的会话遇到了阻碍。
text-friction-none = 没有发现阻碍。
text-cost = { $tokens }，花费 { $cost }。
text-waste = 其中 { $cost }（{ $rate }）没有带来成果。
text-prompts = 提示得分为 { $score }（满分 10，共 { $prompts }）。
text-prompts-none = 没有可以评分的提示。
text-weakest = 最弱的一项：{ $label }。
rightsizing = 更小的模型
rightsizing-action = 对{ $goals }（{ $kinds }）改用 { $to } 代替 { $from }
rightsizing-saves = { $action }（节省 { $cost }）
waste-retry-storm = 以相同输入反复失败的调用
waste-given-up = 多次尝试后放弃的请求
waste-context = 上下文超过起始十倍的轮次

# 3.0 版的句子
text-score-up = 比上一期间高 { $points } 分。
text-score-down = 比上一期间低 { $points } 分。
text-score-same = 与上一期间相同。
miss-goal-incomplete = { $count ->
   *[other] { $n } 个目标未达成。
}
miss-rework = { $count ->
   *[other] { $n } 个目标后来被返工。
}
intent-row = { $label }：{ $total } 个中的 { $crushed } 个
text-speed = 每个工作日稳固达成 { $n } 个目标（{ $band }）。
text-ttc = 其中一半用时不超过 { $duration }。
text-weight = 达成目标的中位数为 { $tokens } 个词元（{ $band }），花费 { $cost }。
text-weight-none = 没有达成的目标，因此没有可说明的用量。
text-tet = 为上一期间的 { $rate }。
text-grade = 提示的等级为 { $grade }（{ $score } 分，满分 100）。
text-next-none = 没有要建议的：继续保持。
reason-score = 得分 { $value }；中位数为 { $baseline }。
reason-cost = 花费 { $value }；中位数为 { $baseline }。
reason-active = 工作 { $value }；中位数为 { $baseline }。
reason-errors = { $value } 的工具调用失败；中位数为 { $baseline }。
reason-turns = { $value } 条提示；中位数为 { $baseline }。
reason-tokens = { $value } 个词元；中位数为 { $baseline }。

# 名称
metric-ie = 迭代效率
metric-crr = 上下文重置
metric-fc = 专注
metric-rlr = 相对响应时间
metric-qr = 保留的修改
dimension-cl = 上下文利用
dimension-id = 信息密度
dimension-te = 轮次节约
dimension-ac = 清晰度
intent-question = 提问
intent-investigation = 调查
intent-review = 审查
intent-plan = 计划
intent-small-change = 小改动
intent-bug-fix = 修复缺陷
intent-feature = 新功能
intent-refactor = 重构
pillar-clarity = 清晰
pillar-context = 上下文
pillar-verification = 验证
pillar-workflow = 工作流程
band-stalled = 停滞
band-light = 轻量
band-steady = 稳定
band-crushing = 飞快
band-tight = 精简
band-healthy = 健康
band-heavy = 偏重
band-bloated = 臃肿
tier-elite = 精英
tier-expert = 专家
tier-proficient = 熟练
tier-practitioner = 实践者
tier-novice = 新手
tier-starting = 起步
tier-building = 积累中
tier-scaling = 提升中
tier-crushing = 巅峰

# 阻碍
friction-tool-failure = 失败的工具调用
friction-retry-storm = 同一调用反复失败
friction-rejected-edit = 被拒绝的修改
friction-api-error = 对模型的失败请求
friction-correction = 纠正
friction-context-bloat = 过大的上下文
mitigation-tool-failure = 在代理的说明文件里写清如何构建、测试和运行项目。
mitigation-retry-storm = 第二次失败后先停下，贴出错误并先问原因。
mitigation-rejected-edit = 开始之前说明哪些可以改、哪些不可以。
mitigation-api-error = 检查账户限额，把长时间的运行分散开。
mitigation-correction = 说明结果将如何检验；目标较大时先要一份计划。
mitigation-context-bloat = 开始新目标时清空或压缩上下文。

# 提示的检查项
check-goal-explicit = 目标明确
check-scope-bounded = 范围有界
check-references-concrete = 引用具体
check-context-sufficient = 背景充分
check-verification-requested = 要求验证
check-root-cause-oriented = 追问原因
check-plan-first = 先有计划
tip-goal-explicit = 先写动作和要得到的结果。
before-goal-explicit = 登录页面怪怪的。
after-goal-explicit = 让登录页面在表单下方显示服务器的错误信息。
tip-scope-bounded = 说明做到哪里为止。
before-scope-bounded = 清理一下解析器。
after-scope-bounded = 只重命名 src/parse.rs 里的变量，不改变行为。
tip-references-concrete = 写出文件、行号和函数名。
before-references-concrete = 修一下日期函数。
after-references-concrete = 修复 src/dates.rs:42 的 parse_date，它丢了时区。
tip-context-sufficient = 贴出错误、代码或例子。
before-context-sufficient = 测试失败了。
after-context-sufficient = 自上次提交起 test_login 失败：“expected 200, got 401”；输出如下：…
tip-verification-requested = 说明如何检验结果。
before-verification-requested = 给客户端加上重试。
after-verification-requested = 给客户端加上重试，并加一个期望三次尝试的测试；运行测试。
tip-root-cause-oriented = 修复之前先问原因。
before-root-cause-oriented = 让崩溃消失。
after-root-cause-oriented = 查明工作进程为何在空输入时崩溃，说明原因，然后修复。
tip-plan-first = 大的工作之前先要计划。
before-plan-first = 做导出功能。
after-plan-first = 先为导出功能提出计划：文件、步骤、风险。等我答复。

# 页面
page-period = { $from }至{ $to }
page-scope = 范围：{ $scope }
page-made = 生成于 { $instant }
page-by-template = 文字来自模板
page-by-llm = 文字来自语言模型
page-numbers = 数字
label-sessions = 会话
label-prompts = 提示
label-active-days = 活跃天数
label-cost = 费用
label-tokens = 词元
label-skill = 技能
label-win-rate = 目标达成率
label-friction-rate = 有阻碍的会话
label-first-try = 无需纠正
label-waste = 浪费
label-score = 得分
label-grade = 等级
label-crushed = 稳固达成
label-ttc = 达成用时中位数
label-cspw = 每个工作日
label-weight = 每个目标的词元
label-cost-per-crushed = 每个目标的费用
label-apg = 提示等级
label-day = 日期
label-tool = 工具
label-calls = 调用
label-success = 成功率
label-language = 语言
label-edits = 编辑
label-prompt = 提示
label-weakest = 最弱项
label-session = 会话
label-intent = 类型
label-result = 结果
label-reason = 原因
label-before = 之前
label-after = 更好
label-value = 数值
chart-tokens-by-day = 每日词元
chart-cost-by-model = 各模型费用
chart-tools = 工具调用
chart-hours = 各小时提示
chart-skill = 每周技能
chart-first-try = 每周无需纠正的目标
chart-friction = 每周有阻碍的会话
chart-score = 期间得分
chart-speed = 每个工作日达成的目标
chart-mix = 各类词元
chart-checks = 提示满足各检查项的比例
chart-intents = 各类型达成的目标
mix-input = 输入
mix-output = 输出
mix-cache-read = 读自缓存
mix-cache-write = 写入缓存
result-crushed = 已达成
result-open = 进行中
result-missed = 未达成
result-rework = 返工
result-uncounted = 不计入
highlight-top = 最佳
highlight-low = 最弱
highlight-cost = 最贵
highlight-long = 最长
highlight-anomaly = 异常
section-prompts = 值得学习的提示
section-sessions = 会话
section-highlights = 亮点
section-coaching = 习惯
