<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh" sourcelanguage="en">
<context>
<name>gpufleet</name>
<message><source>&amp;Calibrate this machine</source><translation>校准本机(&amp;C)</translation></message>
<message><source>Calibration</source><translation>校准</translation></message>
<message><source>How thoroughly</source><translation>细致程度</translation></message>
<message><source>quick</source><translation>快速</translation></message>
<message><source>thorough</source><translation>彻底</translation></message>
<message><source>Runs real kernels here, fits their times and keeps the profile; used from the next start on</source><translation>在本机运行真实内核，拟合其耗时并保存结果，下次启动时生效</translation></message>
<message><source>Progress of the calibration</source><translation>校准进度</translation></message>
<message><source>State of the calibration</source><translation>校准状态</translation></message>
<message><source>Kernels that you measure here stand behind the chip of this machine.</source><translation>在此测得的内核将作为本机芯片的依据。</translation></message>
<message><source>What the calibration found</source><translation>校准结果</translation></message>
<message><source>gpufleet could not be started: %1</source><translation>无法启动 gpufleet：%1</translation></message>
<message><source>Stopping…</source><translation>正在停止…</translation></message>
<message><source>The program gpufleet is neither beside this one nor on the path.</source><translation>在本程序旁边和路径中都找不到 gpufleet。</translation></message>
<message><source>&amp;Stop</source><translation>停止(&amp;S)</translation></message>
<message><source>Starting…</source><translation>正在启动…</translation></message>
<message><source>Step %1: %2</source><translation>第 %1 步：%2</translation></message>
<message><source>Stopped; nothing was kept.</source><translation>已停止，未保存任何内容。</translation></message>
<message><source>It failed (exit code %1): %2</source><translation>失败（退出码 %1）：%2</translation></message>
<message><source>Done in %1 steps. The profile is used from the next start on.</source><translation>共 %1 步，已完成。结果从下次启动起生效。</translation></message>
<message><source>%1 cannot be made</source><translation>无法创建 %1</translation></message>
<message><source>the simulations did not come to an end</source><translation>模拟没有结束</translation></message>
<message><source>%1 could not be written</source><translation>无法写入 %1</translation></message>
<message><source>series</source><translation>系列</translation></message>
<message><source>label</source><translation>标签</translation></message>
<message><source>A chart; the context menu shows it as a table</source><translation>图表；右键菜单可显示为表格</translation></message>
<message><source>Show as &amp;table</source><translation>显示为表格(&amp;T)</translation></message>
<message><source>&amp;Export chart…</source><translation>导出图表(&amp;E)…</translation></message>
<message><source>&amp;Copy chart</source><translation>复制图表(&amp;C)</translation></message>
<message><source>cannot run</source><translation>无法运行</translation></message>
<message><source>hollow: an estimate, or beyond a limit</source><translation>空心：估计值，或超出限值</translation></message>
<message><source>Export chart</source><translation>导出图表</translation></message>
<message><source>Pictures (*.png *.svg *.pdf)</source><translation>图片 (*.png *.svg *.pdf)</translation></message>
<message><source>Save the scenario first: the command line reads a file.</source><translation>请先保存方案：命令行读取的是文件。</translation></message>
<message><source>Keys were taken out of the file: save the scenario first.</source><translation>文件中有键被删除：请先保存方案。</translation></message>
<message><source>Take %1 out, or put it back</source><translation>取出 %1 或放回</translation></message>
<message><source>Close %1</source><translation>关闭 %1</translation></message>
<message><source>Scenario form</source><translation>方案表单</translation></message>
<message><source>&amp;Reset to default</source><translation>恢复默认值(&amp;R)</translation></message>
<message><source>&amp;Copy key</source><translation>复制键名(&amp;C)</translation></message>
<message><source>&amp;Sweep this</source><translation>扫描此值(&amp;S)</translation></message>
<message><source>Find a key or its meaning</source><translation>查找键或其含义</translation></message>
<message><source>Find a key</source><translation>查找键</translation></message>
<message><source>Meaning of the key</source><translation>键的含义</translation></message>
<message><source>Value of the key, from a quarter to four times</source><translation>键值，四分之一到四倍</translation></message>
<message><source>From a quarter to four times the value</source><translation>从四分之一到四倍</translation></message>
<message><source>&amp;Form</source><translation>表单(&amp;F)</translation></message>
<message><source>Scenario as TOML text</source><translation>TOML 文本形式的方案</translation></message>
<message><source>TOML &amp;text</source><translation>TOML 文本(&amp;T)</translation></message>
<message><source>type text</source><translation>输入文本</translation></message>
<message><source>There is no key %1</source><translation>没有键 %1</translation></message>
<message><source>set %1</source><translation>设置 %1</translation></message>
<message><source>Select a key to read what it means. F2 edits it, its context menu resets it.</source><translation>选择一个键以查看含义。F2 编辑，右键菜单可恢复默认。</translation></message>
<message><source>Fleet and fabric</source><translation>集群与网络</translation></message>
<message><source>&amp;Move</source><translation>移动(&amp;M)</translation></message>
<message><source>A &amp;link of each node down</source><translation>每个节点断一条链路(&amp;L)</translation></message>
<message><source>A &amp;node down</source><translation>一个节点故障(&amp;N)</translation></message>
<message><source>Fleet as a table</source><translation>集群表格</translation></message>
<message><source>Move from</source><translation>移出自</translation></message>
<message><source>Move to</source><translation>移入到</translation></message>
<message><source>Colours of the map</source><translation>图的配色</translation></message>
<message><source>Coloured by load</source><translation>按负载着色</translation></message>
<message><source>Coloured by role</source><translation>按用途着色</translation></message>
<message><source>Nodes to move</source><translation>要移动的节点数</translation></message>
<message><source> nodes</source><translation> 个节点</translation></message>
<message><source>Move the nodes</source><translation>移动节点</translation></message>
<message><source>Hall under the cursor</source><translation>光标下的机房</translation></message>
<message><source>from</source><translation>从</translation></message>
<message><source>to</source><translation>到</translation></message>
<message><source>How many nodes go from %1 to %2? Then Move.</source><translation>从 %1 移到 %2 多少个节点？然后按移动。</translation></message>
<message><source>Select a scenario without errors to see its fleet</source><translation>选择没有错误的方案以查看其集群</translation></message>
<message><source>There is one hall only</source><translation>只有一个机房</translation></message>
<message><source>Press again to put it back</source><translation>再按一次即可恢复</translation></message>
<message><source>What if it fails? The scenario is changed and simulated</source><translation>如果发生故障？将修改方案并模拟</translation></message>
<message><source>No hall is selected</source><translation>未选择机房</translation></message>
<message><source>There is nothing of the kind to lose</source><translation>没有可失去的此类部件</translation></message>
<message><source>put back a link of %1</source><translation>恢复 %1 的一条链路</translation></message>
<message><source>take down a link of %1</source><translation>断开 %1 的一条链路</translation></message>
<message><source>put back a node of %1</source><translation>恢复 %1 的一个节点</translation></message>
<message><source>take down a node of %1</source><translation>停用 %1 的一个节点</translation></message>
<message><source>Choose two halls</source><translation>请选择两个机房</translation></message>
<message><source>move %1 nodes from %2 to %3</source><translation>把 %1 个节点从 %2 移到 %3</translation></message>
<message><source>Map of the fleet</source><translation>集群图</translation></message>
<message><source>Arrow keys walk from hall to hall; the table beside it holds the same figures</source><translation>方向键在机房间移动；旁边的表格含有相同数字</translation></message>
<message><source>a square is a node of %1</source><translation>每格为一个 %1 卡节点</translation></message>
<message><source>a square is %1 nodes of %2</source><translation>每格为 %1 个 %2 卡节点</translation></message>
<message><source>%1 · load not known</source><translation>%1 · 负载未知</translation></message>
<message><source>%1 · load %2 %</source><translation>%1 · 负载 %2 %</translation></message>
<message><source>%L1 %2</source><translation>%L1 %2</translation></message>
<message><source>%1%2 · %L3 × %4</source><translation>%1%2 · %L3 × %4</translation></message>
<message><source>busy %1 %</source><translation>忙碌 %1 %</translation></message>
<message><source>spines</source><translation>脊交换机</translation></message>
<message><source>leaves</source><translation>叶交换机</translation></message>
<message><source>%1 – %2 linked</source><translation>%1 – %2 相连</translation></message>
<message><source>Colours tell the halls apart</source><translation>颜色区分各机房</translation></message>
<message><source>Load: idle</source><translation>负载：空闲</translation></message>
<message><source>full; grey: not known</source><translation>满载；灰色：未知</translation></message>
<message><source>idle</source><translation>空闲</translation></message>
<message><source>pipeline stage %1</source><translation>流水线第 %1 级</translation></message>
<message><source>pipeline stages %1 to %2</source><translation>流水线第 %1 到 %2 级</translation></message>
<message><source>replicas of its own</source><translation>独立副本</translation></message>
<message><source>work of its stages over the step</source><translation>各级工作占一步的时间</translation></message>
<message><source>tensor and expert transfers over the step</source><translation>张量与专家通信占一步的时间</translation></message>
<message><source>transfers that leave the node over the step</source><translation>跨节点通信占一步的时间</translation></message>
<message><source>prefill</source><translation>预填充</translation></message>
<message><source>decode</source><translation>解码</translation></message>
<message><source>prefill and decode</source><translation>预填充与解码</translation></message>
<message><source>share of the time that its instances compute</source><translation>实例计算时间占比</translation></message>
<message><source>leaf to spine</source><translation>叶到脊</translation></message>
<message><source>The selected scenario has no fleet</source><translation>所选方案没有集群</translation></message>
<message><source>%1, %2, from %3</source><translation>%1，%2，自 %3</translation></message>
<message><source>rented</source><translation>租用</translation></message>
<message><source>bought</source><translation>购买</translation></message>
<message><source>mean of the whole fleet over the horizon</source><translation>整个集群在规划期的平均值</translation></message>
<message><source>%1: %L2 × %3</source><translation>%1：%L2 × %3</translation></message>
<message><source>%L1 nodes %2 of %3</source><translation>%L1 个 %2 节点，每个 %3 卡</translation></message>
<message><source>site %1</source><translation>站点 %1</translation></message>
<message><source>busy %1 (%2)</source><translation>忙碌 %1（%2）</translation></message>
<message><source>%1 switch layers, %2 leaves, %3 planes</source><translation>%1 层交换，%2 台叶交换机，%3 个平面</translation></message>
<message><source>%1, %2: %3 an accelerator, %4 links a node</source><translation>%1，%2：每卡 %3，每节点 %4 条链路</translation></message>
<message><source>load not known</source><translation>负载未知</translation></message>
<message><source>load %1 (%2)</source><translation>负载 %1（%2）</translation></message>
<message><source>Where</source><translation>位置</translation></message>
<message><source>What</source><translation>内容</translation></message>
<message><source>Chip or link</source><translation>芯片或链路</translation></message>
<message><source>Count</source><translation>数量</translation></message>
<message><source>Rate</source><translation>速率</translation></message>
<message><source>Load</source><translation>负载</translation></message>
<message><source>Role</source><translation>用途</translation></message>
<message><source>accelerators</source><translation>加速器</translation></message>
<message><source>links inside nodes</source><translation>节点内链路</translation></message>
<message><source>links of nodes</source><translation>节点链路</translation></message>
<message><source>links of leaves</source><translation>叶交换机链路</translation></message>
<message><source>link of sites</source><translation>站点间链路</translation></message>
<message><source>Key</source><translation>键</translation></message>
<message><source>Value</source><translation>值</translation></message>
<message><source>From</source><translation>来源</translation></message>
<message><source>not used</source><translation>未使用</translation></message>
<message><source>default</source><translation>默认</translation></message>
<message><source>this file</source><translation>本文件</translation></message>
<message><source>base (list)</source><translation>基础（列表）</translation></message>
<message><source>base</source><translation>基础</translation></message>
<message><source>%1: %2</source><translation>%1：%2</translation></message>
<message><source>This list stands in another file; change it there, or write the whole list here as text</source><translation>此列表在另一文件中；请在那里修改，或在此以文本写出整个列表</translation></message>
<message><source>default %1</source><translation>默认 %1</translation></message>
<message><source>Spans over time. W and S zoom, A and D move, arrow keys step from span to span</source><translation>时间段。W、S 缩放，A、D 移动，方向键逐段移动</translation></message>
<message><source>row</source><translation>行</translation></message>
<message><source>what</source><translation>内容</translation></message>
<message><source>number</source><translation>编号</translation></message>
<message><source>begin</source><translation>开始</translation></message>
<message><source>end</source><translation>结束</translation></message>
<message><source>yes</source><translation>是</translation></message>
<message><source> · %1 to %2</source><translation> · %1 到 %2</translation></message>
<message><source> · begins %1, lasts %2</source><translation> · 始于 %1，持续 %2</translation></message>
<message><source>free</source><translation>自由</translation></message>
<message><source>domestic</source><translation>国产</translation></message>
<message><source>notify (NAC)</source><translation>通报 (NAC)</translation></message>
<message><source>licensed for 15 %</source><translation>以 15 % 换取许可</translation></message>
<message><source>licensed</source><translation>已获许可</translation></message>
<message><source>case by case</source><translation>逐案审查</translation></message>
<message><source>quota</source><translation>配额</translation></message>
<message><source>licence, presumed denied</source><translation>需许可，推定拒绝</translation></message>
<message><source>banned</source><translation>禁止</translation></message>
<message><source>not sold yet</source><translation>尚未销售</translation></message>
<message><source>No chip of the catalog was sold by then</source><translation>当时目录中没有芯片在售</translation></message>
<message><source>performance density (TPP / mm²)</source><translation>性能密度 (TPP / mm²)</translation></message>
<message><source>total processing performance (TPP)</source><translation>总处理性能 (TPP)</translation></message>
<message><source>Chip</source><translation>芯片</translation></message>
<message><source>Status</source><translation>状态</translation></message>
<message><source>Rule</source><translation>规则</translation></message>
<message><source>Why</source><translation>原因</translation></message>
<message><source>TPP</source><translation>TPP</translation></message>
<message><source>Density</source><translation>密度</translation></message>
<message><source>Buyer's side</source><translation>买方一侧</translation></message>
<message><source>Export law</source><translation>出口法规</translation></message>
<message><source>Chips and dates</source><translation>芯片与日期</translation></message>
<message><source>Chips against the thresholds</source><translation>芯片与阈值</translation></message>
<message><source>Status of every chip</source><translation>每种芯片的状态</translation></message>
<message><source>Destination</source><translation>目的地</translation></message>
<message><source>What if a rule were in force</source><translation>假设某规则生效</translation></message>
<message><source>the rules in force</source><translation>现行规则</translation></message>
<message><source>what if: %1</source><translation>假设：%1</translation></message>
<message><source>Date of purchase</source><translation>购买日期</translation></message>
<message><source>Colours of statuses</source><translation>状态配色</translation></message>
<message><source>&amp;To</source><translation>目的地(&amp;T)</translation></message>
<message><source>&amp;until</source><translation>截至(&amp;U)</translation></message>
<message><source>&amp;Dates</source><translation>日期(&amp;D)</translation></message>
<message><source>&amp;Thresholds</source><translation>阈值(&amp;T)</translation></message>
<message><source>T&amp;able</source><translation>表格(&amp;A)</translation></message>
<message><source>Information, not legal advice.</source><translation>仅供参考，不构成法律意见。</translation></message>
<message><source>Plan and simulate fleets of GPUs.</source><translation>规划和模拟 GPU 集群。</translation></message>
<message><source>Write every view as a picture into DIR and end.</source><translation>把每个视图写成图片存入 DIR 后退出。</translation></message>
<message><source>Write the comparison as PDF (or HTML) and end.</source><translation>把比较结果写成 PDF（或 HTML）后退出。</translation></message>
<message><source>Change one number of each scenario, print how long estimate and result take, and end.</source><translation>改变每个方案的一个数字，打印估计和结果的耗时后退出。</translation></message>
<message><source>Speak en, fr or zh.</source><translation>使用 en、fr 或 zh。</translation></message>
<message><source>Scenario files to open.</source><translation>要打开的方案文件。</translation></message>
<message><source>Compare</source><translation>比较</translation></message>
<message><source>Breakdown</source><translation>分解</translation></message>
<message><source>Timeline</source><translation>时间线</translation></message>
<message><source>Pareto</source><translation>帕累托</translation></message>
<message><source>Sensitivity</source><translation>敏感性</translation></message>
<message><source>Tables</source><translation>表格</translation></message>
<message><source>Capacity plan</source><translation>容量规划</translation></message>
<message><source>Validation</source><translation>验证</translation></message>
<message><source>Report</source><translation>报告</translation></message>
<message><source>Problems</source><translation>问题</translation></message>
<message><source>Runs</source><translation>运行</translation></message>
<message><source>Project</source><translation>项目</translation></message>
<message><source>Scenario</source><translation>方案</translation></message>
<message><source>&amp;Close</source><translation>关闭(&amp;C)</translation></message>
<message><source>gpufleet</source><translation>gpufleet</translation></message>
<message><source>%1[*] – gpufleet</source><translation>%1[*] – gpufleet</translation></message>
<message><source>No scenario</source><translation>没有方案</translation></message>
<message><source>%1 · scenario %2 · %3 problems · %4 runs waiting</source><translation>%1 · 方案 %2 · %3 个问题 · %4 个运行等待中</translation></message>
<message><source>&amp;New</source><translation>新建(&amp;N)</translation></message>
<message><source>New scenario</source><translation>新方案</translation></message>
<message><source>&amp;Open…</source><translation>打开(&amp;O)…</translation></message>
<message><source>&amp;Save</source><translation>保存(&amp;S)</translation></message>
<message><source>Save &amp;as…</source><translation>另存为(&amp;A)…</translation></message>
<message><source>Ctrl+Shift+S</source><translation>Ctrl+Shift+S</translation></message>
<message><source>&amp;Close scenario</source><translation>关闭方案(&amp;C)</translation></message>
<message><source>Ctrl+W</source><translation>Ctrl+W</translation></message>
<message><source>&amp;Report as HTML or PDF…</source><translation>HTML 或 PDF 报告(&amp;R)…</translation></message>
<message><source>Ctrl+P</source><translation>Ctrl+P</translation></message>
<message><source>Copy result as &amp;JSON</source><translation>复制结果为 JSON(&amp;J)</translation></message>
<message><source>Export &amp;timeline for Perfetto…</source><translation>导出时间线到 Perfetto(&amp;T)…</translation></message>
<message><source>The selected scenario has no recorded step.</source><translation>所选方案没有记录的训练步。</translation></message>
<message><source>Export timeline</source><translation>导出时间线</translation></message>
<message><source>Chrome trace (*.json)</source><translation>Chrome 跟踪 (*.json)</translation></message>
<message><source>%1 could not be written: %2</source><translation>无法写入 %1：%2</translation></message>
<message><source>Copy as command &amp;line</source><translation>复制为命令行(&amp;L)</translation></message>
<message><source>Ctrl+Shift+C</source><translation>Ctrl+Shift+C</translation></message>
<message><source>&amp;Quit</source><translation>退出(&amp;Q)</translation></message>
<message><source>&amp;Undo</source><translation>撤销(&amp;U)</translation></message>
<message><source>&amp;Redo</source><translation>重做(&amp;R)</translation></message>
<message><source>Ctrl+Shift+Z</source><translation>Ctrl+Shift+Z</translation></message>
<message><source>Ctrl+Y</source><translation>Ctrl+Y</translation></message>
<message><source>&amp;Duplicate</source><translation>复制方案(&amp;D)</translation></message>
<message><source>Ctrl+D</source><translation>Ctrl+D</translation></message>
<message><source>Re&amp;name</source><translation>重命名(&amp;N)</translation></message>
<message><source>Set &amp;baseline</source><translation>设为基准(&amp;B)</translation></message>
<message><source>Ctrl+B</source><translation>Ctrl+B</translation></message>
<message><source>&amp;Find…</source><translation>查找(&amp;F)…</translation></message>
<message><source>Hide &amp;equal rows</source><translation>隐藏相同的行(&amp;E)</translation></message>
<message><source>Ctrl+E</source><translation>Ctrl+E</translation></message>
<message><source>Reset &amp;key to default</source><translation>恢复键的默认值(&amp;K)</translation></message>
<message><source>Ctrl+Backspace</source><translation>Ctrl+Backspace</translation></message>
<message><source>&amp;Simulate</source><translation>模拟(&amp;S)</translation></message>
<message><source>F5</source><translation>F5</translation></message>
<message><source>Ctrl+R</source><translation>Ctrl+R</translation></message>
<message><source>Simulate &amp;all</source><translation>全部模拟(&amp;A)</translation></message>
<message><source>Shift+F5</source><translation>Shift+F5</translation></message>
<message><source>&amp;Cancel</source><translation>取消(&amp;C)</translation></message>
<message><source>Esc</source><translation>Esc</translation></message>
<message><source>Simulate while &amp;editing</source><translation>编辑时模拟(&amp;E)</translation></message>
<message><source>Sensitivity of the &amp;selected scenario</source><translation>所选方案的敏感性(&amp;S)</translation></message>
<message><source>&amp;Light</source><translation>浅色(&amp;L)</translation></message>
<message><source>&amp;Dark</source><translation>深色(&amp;D)</translation></message>
<message><source>&amp;Larger text</source><translation>放大文字(&amp;L)</translation></message>
<message><source>S&amp;maller text</source><translation>缩小文字(&amp;M)</translation></message>
<message><source>&amp;Normal text</source><translation>正常文字(&amp;N)</translation></message>
<message><source>Ctrl+0</source><translation>Ctrl+0</translation></message>
<message><source>&amp;Default layout</source><translation>默认布局(&amp;D)</translation></message>
<message><source>Ctrl+Shift+0</source><translation>Ctrl+Shift+0</translation></message>
<message><source>&amp;Full screen</source><translation>全屏(&amp;F)</translation></message>
<message><source>F11</source><translation>F11</translation></message>
<message><source>&amp;Keyboard shortcuts</source><translation>键盘快捷键(&amp;K)</translation></message>
<message><source>F1</source><translation>F1</translation></message>
<message><source>&amp;Command palette</source><translation>命令面板(&amp;C)</translation></message>
<message><source>Ctrl+K</source><translation>Ctrl+K</translation></message>
<message><source>&amp;File</source><translation>文件(&amp;F)</translation></message>
<message><source>Open &amp;recent</source><translation>打开最近文件(&amp;R)</translation></message>
<message><source>Open &amp;example</source><translation>打开示例(&amp;E)</translation></message>
<message><source>DeepSeek-R1 &amp;served on three kinds of node</source><translation>DeepSeek-R1 在三种节点上的推理(&amp;S)</translation></message>
<message><source>&amp;Edit</source><translation>编辑(&amp;E)</translation></message>
<message><source>&amp;Run</source><translation>运行(&amp;R)</translation></message>
<message><source>&amp;View</source><translation>视图(&amp;V)</translation></message>
<message><source>&amp;Language</source><translation>语言(&amp;L)</translation></message>
<message><source>&amp;Help</source><translation>帮助(&amp;H)</translation></message>
<message><source>Menu bar</source><translation>菜单栏</translation></message>
<message><source>Messages</source><translation>消息</translation></message>
<message><source>State of the selected scenario</source><translation>所选方案的状态</translation></message>
<message><source>Progress of the simulation</source><translation>模拟进度</translation></message>
<message><source>Open scenarios</source><translation>打开方案</translation></message>
<message><source>Scenarios (*.toml)</source><translation>方案 (*.toml)</translation></message>
<message><source>Save scenario</source><translation>保存方案</translation></message>
<message><source>Not saved; the text is still here. %1</source><translation>未保存；文本仍在此处。%1</translation></message>
<message><source>Saved %1</source><translation>已保存 %1</translation></message>
<message><source>PDF (*.pdf);;HTML (*.html)</source><translation>PDF (*.pdf);;HTML (*.html)</translation></message>
<message><source>Wrote %1</source><translation>已写入 %1</translation></message>
<message><source>Copied: %1</source><translation>已复制：%1</translation></message>
<message><source>Keyboard shortcuts</source><translation>键盘快捷键</translation></message>
<message><source>Action</source><translation>操作</translation></message>
<message><source>Keys</source><translation>按键</translation></message>
<message><source>Timeline: zoom in, zoom out</source><translation>时间线：放大、缩小</translation></message>
<message><source>Timeline: move left, right</source><translation>时间线：左移、右移</translation></message>
<message><source>Timeline: next span, other row</source><translation>时间线：下一段、换行</translation></message>
<message><source>Timeline: everything</source><translation>时间线：全部</translation></message>
<message><source>Own keys: section [shortcuts] of %1</source><translation>自定义按键：%1 的 [shortcuts] 段</translation></message>
<message><source>Commands</source><translation>命令</translation></message>
<message><source>Command</source><translation>命令</translation></message>
<message><source>Type a command</source><translation>输入命令</translation></message>
<message><source>The last run did not end in order. Your work was recovered.</source><translation>上次运行未正常结束。您的工作已恢复。</translation></message>
<message><source>&amp;Keep it</source><translation>保留(&amp;K)</translation></message>
<message><source>&amp;Discard unsaved changes</source><translation>放弃未保存的更改(&amp;D)</translation></message>
<message><source>discard changes</source><translation>放弃更改</translation></message>
<message><source>Welcome. ① The fleets of the public debate are compared at the right. ② Change one at the left: its result follows. ③ Ctrl+D duplicates it, ★ Ctrl+B makes it the baseline. ④ F1 shows all keys.</source><translation>欢迎。① 右侧比较公开讨论中的各个集群。② 在左侧修改其一，结果随之更新。③ Ctrl+D 复制，★ Ctrl+B 设为基准。④ F1 显示所有按键。</translation></message>
<message><source>%1 is gone from the disk. Its text is still here: Ctrl+S writes it again.</source><translation>%1 已从磁盘消失。文本仍在此处：Ctrl+S 可重新写入。</translation></message>
<message><source>%1 was changed by another program (%2 lines longer or shorter).</source><translation>%1 已被其他程序修改（相差 %2 行）。</translation></message>
<message><source>&amp;Reload</source><translation>重新载入(&amp;R)</translation></message>
<message><source>&amp;Keep mine</source><translation>保留我的(&amp;K)</translation></message>
<message><source>%1 cannot be read: %2</source><translation>无法读取 %1：%2</translation></message>
<message><source>reload</source><translation>重新载入</translation></message>
<message><source>Close</source><translation>关闭</translation></message>
<message><source>Close all the same?</source><translation>仍要关闭吗？</translation></message>
<message><source>Throughput</source><translation>吞吐</translation></message>
<message><source>Time and latency</source><translation>时间与延迟</translation></message>
<message><source>Cost and energy</source><translation>成本与能耗</translation></message>
<message><source>Memory</source><translation>内存</translation></message>
<message><source>Reliability</source><translation>可靠性</translation></message>
<message><source>Fleet</source><translation>集群</translation></message>
<message><source>&amp;Across</source><translation>横轴(&amp;A)</translation></message>
<message><source>&amp;Upwards</source><translation>纵轴(&amp;U)</translation></message>
<message><source>Metric across</source><translation>横轴指标</translation></message>
<message><source>Metric upwards</source><translation>纵轴指标</translation></message>
<message><source>Limit across</source><translation>横轴限值</translation></message>
<message><source>Limit upwards</source><translation>纵轴限值</translation></message>
<message><source>limit</source><translation>限值</translation></message>
<message><source>What is promised at most, or at least where more is better. Empty: no limit. Its line in the chart can be dragged.</source><translation>承诺的上限；若越大越好则为下限。留空表示无限值。图中的线可拖动。</translation></message>
<message><source>power of the site</source><translation>站点电力</translation></message>
<message><source>more power, or chips that do more with it</source><translation>更多电力，或能效更高的芯片</translation></message>
<message><source>export law</source><translation>出口法规</translation></message>
<message><source>chips that may be sold, or another destination</source><translation>可销售的芯片，或其他目的地</translation></message>
<message><source>%1 of demand is not served: more or faster chips</source><translation>%1 的需求未满足：需要更多或更快的芯片</translation></message>
<message><source>accelerators, just enough</source><translation>加速器，刚好够用</translation></message>
<message><source>nothing in reserve for more demand</source><translation>没有余量应对更多需求</translation></message>
<message><source>demand</source><translation>需求</translation></message>
<message><source>%1 of the hours are free</source><translation>%1 的时间空闲</translation></message>
<message><source>%1 (refused)</source><translation>%1（被拒）</translation></message>
<message><source>The selected scenario has no [horizon]</source><translation>所选方案没有 [horizon]</translation></message>
<message><source>year</source><translation>年</translation></message>
<message><source>in the fleet</source><translation>在集群中</translation></message>
<message><source>bought in the month</source><translation>当月购买</translation></message>
<message><source>The horizon asks for no tokens</source><translation>规划期没有 token 需求</translation></message>
<message><source>tokens a month</source><translation>每月 token</translation></message>
<message><source>the whole fleet could</source><translation>整个集群可达</translation></message>
<message><source>asked</source><translation>需求</translation></message>
<message><source>served</source><translation>已满足</translation></message>
<message><source>Month</source><translation>月份</translation></message>
<message><source>Accelerators</source><translation>加速器</translation></message>
<message><source>Bought</source><translation>购买</translation></message>
<message><source>Lots</source><translation>批次</translation></message>
<message><source>Asked (tokens)</source><translation>需求（token）</translation></message>
<message><source>Served</source><translation>已满足</translation></message>
<message><source>In use</source><translation>使用率</translation></message>
<message><source>Peak power (MW)</source><translation>峰值功率 (MW)</translation></message>
<message><source>Cost (USD)</source><translation>成本 (USD)</translation></message>
<message><source>What binds</source><translation>约束</translation></message>
<message><source>What would relax it</source><translation>如何放宽</translation></message>
<message><source>No months: open a scenario with a [horizon], for instance fleet-50k-three-years.</source><translation>没有月份：请打开带 [horizon] 的方案，例如 fleet-50k-three-years。</translation></message>
<message><source>%L1 accelerators at the end of %2</source><translation>%2 末共 %L1 个加速器</translation></message>
<message><source>&lt;b&gt;The fleet serves what is asked&lt;/b&gt; in each of %1 months · %2</source><translation>&lt;b&gt;集群满足全部需求&lt;/b&gt;，共 %1 个月 · %2</translation></message>
<message><source>&lt;b&gt;Demand is not met in %1 of %2 months&lt;/b&gt;, first in %3, bound by %4 · %5</source><translation>&lt;b&gt;%2 个月中有 %1 个月需求未满足&lt;/b&gt;，最早在 %3，受限于%4 · %5</translation></message>
<message><source>&amp;Plan purchases</source><translation>规划采购(&amp;P)</translation></message>
<message><source>Accelerators by month</source><translation>各月加速器</translation></message>
<message><source>Demand against capacity</source><translation>需求与容量</translation></message>
<message><source>Months of the plan</source><translation>规划月份</translation></message>
<message><source>Answer of the plan</source><translation>规划结论</translation></message>
<message><source>Months</source><translation>月份</translation></message>
<message><source>Plan the purchases</source><translation>规划采购</translation></message>
<message><source>State of the purchase plan</source><translation>采购规划状态</translation></message>
<message><source>Planning: %1 % (%2)</source><translation>规划中：%1 %（%2）</translation></message>
<message><source>Planning…</source><translation>规划中…</translation></message>
<message><source>What to buy, when, for the least: not worked out yet</source><translation>以最低成本购买什么、何时购买：尚未求解</translation></message>
<message><source>Purchases are planned where a scenario has [plan]</source><translation>含 [plan] 的方案可规划采购</translation></message>
<message><source>No plan: %1</source><translation>没有规划：%1</translation></message>
<message><source>Purchases planned for an older text of this scenario</source><translation>采购规划基于此方案的旧文本</translation></message>
<message><source>Purchases are planned</source><translation>采购已规划</translation></message>
<message><source>not saved yet</source><translation>尚未保存</translation></message>
<message><source>, baseline</source><translation>，基准</translation></message>
<message><source>, not saved</source><translation>，未保存</translation></message>
<message><source>Scenarios</source><translation>方案</translation></message>
<message><source>Answer</source><translation>结论</translation></message>
<message><source>Metrics</source><translation>指标</translation></message>
<message><source>What differs in the inputs</source><translation>输入的差异</translation></message>
<message><source>Where it goes</source><translation>去向</translation></message>
<message><source>Timelines</source><translation>时间线</translation></message>
<message><source>Problems and warnings</source><translation>问题与警告</translation></message>
<message><source>Results</source><translation>结果</translation></message>
<message><source>Comparison of scenarios</source><translation>方案比较</translation></message>
<message><source>One step of %1</source><translation>%1 的一步</translation></message>
<message><source>%1 could not be written: the folder does not allow it</source><translation>无法写入 %1：文件夹不允许</translation></message>
<message><source>E&amp;xport…</source><translation>导出(&amp;X)…</translation></message>
<message><source>Part of the report: %1</source><translation>报告部分：%1</translation></message>
<message><source>Export the report</source><translation>导出报告</translation></message>
<message><source>Preview of the report</source><translation>报告预览</translation></message>
<message><source>Work of a stage</source><translation>一级的工作</translation></message>
<message><source>Memory of the fullest stage</source><translation>最满一级的内存</translation></message>
<message><source>What the step waited for</source><translation>一步在等待什么</translation></message>
<message><source>Step</source><translation>步</translation></message>
<message><source>Shares of %1</source><translation>%1 的份额</translation></message>
<message><source>Shares</source><translation>份额</translation></message>
<message><source>Cost</source><translation>成本</translation></message>
<message><source>Other</source><translation>其他</translation></message>
<message><source>No breakdown yet: F5 simulates</source><translation>尚无分解：按 F5 模拟</translation></message>
<message><source>No result has this table</source><translation>没有结果含此表</translation></message>
<message><source>%1
%2
An estimate: the simulation will give the value and its interval
Formula: %3</source><translation>%1
%2
估计值：模拟将给出数值及其区间
公式：%3</translation></message>
<message><source>%1
%2
80 % between %3 and %4
Formula: %5
Kernel times behind it: %6
Result of scenario %7</source><translation>%1
%2
80 % 在 %3 与 %4 之间
公式：%5
内核耗时来源：%6
方案 %7 的结果</translation></message>
<message><source>Metric</source><translation>指标</translation></message>
<message><source>Unit</source><translation>单位</translation></message>
<message><source> (no result)</source><translation>（无结果）</translation></message>
<message><source> (○ estimate)</source><translation>（○ 估计）</translation></message>
<message><source> (stale)</source><translation>（过期）</translation></message>
<message><source>%1 · baseline</source><translation>%1 · 基准</translation></message>
<message><source>This scenario has no such metric</source><translation>此方案没有该指标</translation></message>
<message><source>Breaks the limit of %1</source><translation>超出限值 %1</translation></message>
<message><source>No scenario is open. Ctrl+O opens one, Ctrl+N begins one.</source><translation>没有打开的方案。Ctrl+O 打开，Ctrl+N 新建。</translation></message>
<message><source>Nothing is simulated yet: F5 simulates the selected scenario, Shift+F5 all.</source><translation>尚未模拟：F5 模拟所选方案，Shift+F5 模拟全部。</translation></message>
<message><source>&lt;b&gt;%1&lt;/b&gt;: %2 %3 of “%4”%5.</source><translation>&lt;b&gt;%1&lt;/b&gt;：%2 比“%4”%3%5。</translation></message>
<message><source>%1 % below that</source><translation>低 %1 %</translation></message>
<message><source>%1 % above that</source><translation>高 %1 %</translation></message>
<message><source>, within the uncertainty of both</source><translation>，在两者的不确定范围内</translation></message>
<message><source>%1 &lt;b&gt;%2&lt;/b&gt;</source><translation>%1 &lt;b&gt;%2&lt;/b&gt;</translation></message>
<message><source>&lt;b&gt;%1&lt;/b&gt; alone has figures for these questions.</source><translation>只有 &lt;b&gt;%1&lt;/b&gt; 有这些问题的数字。</translation></message>
<message><source>Baseline: %1</source><translation>基准：%1</translation></message>
<message><source>Input</source><translation>输入</translation></message>
<message><source>Kind</source><translation>类别</translation></message>
<message><source>Line</source><translation>行</translation></message>
<message><source>Problem</source><translation>问题</translation></message>
<message><source>Hint</source><translation>提示</translation></message>
<message><source>✖ error</source><translation>✖ 错误</translation></message>
<message><source>▲ warning</source><translation>▲ 警告</translation></message>
<message><source>State</source><translation>状态</translation></message>
<message><source>Took</source><translation>耗时</translation></message>
<message><source>Estimate after</source><translation>估计延迟</translation></message>
<message><source>Result after</source><translation>结果延迟</translation></message>
<message><source>Result of</source><translation>结果属于</translation></message>
<message><source>Version</source><translation>版本</translation></message>
<message><source>Kind of sensitivity</source><translation>敏感性类别</translation></message>
<message><source>Tornado</source><translation>龙卷风图</translation></message>
<message><source>Sweep</source><translation>扫描</translation></message>
<message><source>Heat map</source><translation>热图</translation></message>
<message><source>Monte-Carlo fan</source><translation>蒙特卡罗扇形图</translation></message>
<message><source>Second input</source><translation>第二个输入</translation></message>
<message><source>Change of each input</source><translation>每个输入的变化</translation></message>
<message><source>Run the cases</source><translation>运行各情形</translation></message>
<message><source>Cases done</source><translation>已完成的情形</translation></message>
<message><source>open case %1</source><translation>打开情形 %1</translation></message>
<message><source>Run simulates the selected scenario again with inputs changed</source><translation>运行将以修改后的输入重新模拟所选方案</translation></message>
<message><source>less of it</source><translation>减少</translation></message>
<message><source>more of it</source><translation>增加</translation></message>
<message><source>%1, times the scenario's value</source><translation>%1，方案值的倍数</translation></message>
<message><source>as it is</source><translation>现状</translation></message>
<message><source>10 to 90 %</source><translation>10 到 90 %</translation></message>
<message><source>25 to 75 %</source><translation>25 到 75 %</translation></message>
<message><source>median</source><translation>中位数</translation></message>
<message><source>not a session file: %1</source><translation>不是会话文件：%1</translation></message>
<message><source>a session file of another version</source><translation>其他版本的会话文件</translation></message>
<message><source>a session file with broken entries</source><translation>会话文件条目损坏</translation></message>
<message><source>The folder %1 cannot be made; work is not backed up.</source><translation>无法创建文件夹 %1；工作未备份。</translation></message>
<message><source>%1 cannot be written (%2); work is not backed up.</source><translation>无法写入 %1（%2）；工作未备份。</translation></message>
<message><source>%1 could not be read (%2); it was set aside as %3.</source><translation>无法读取 %1（%2）；已另存为 %3。</translation></message>
<message><source>Arrow keys move, Ctrl+C copies, the context menu exports</source><translation>方向键移动，Ctrl+C 复制，右键菜单导出</translation></message>
<message><source>&amp;Copy</source><translation>复制(&amp;C)</translation></message>
<message><source>&amp;Export table…</source><translation>导出表格(&amp;E)…</translation></message>
<message><source>CSV (*.csv)</source><translation>CSV (*.csv)</translation></message>
<message><source>Tab-separated (*.tsv)</source><translation>制表符分隔 (*.tsv)</translation></message>
<message><source>Markdown (*.md)</source><translation>Markdown (*.md)</translation></message>
<message><source>Export table</source><translation>导出表格</translation></message>
<message><source>No scenario has both metrics</source><translation>没有方案同时具有两个指标</translation></message>
<message><source>frontier</source><translation>前沿</translation></message>
<message><source>%1 (breaks a limit)</source><translation>%1（超出限值）</translation></message>
<message><source>%1 (dominated)</source><translation>%1（被支配）</translation></message>
<message><source>on the critical path</source><translation>在关键路径上</translation></message>
<message><source>No step recorded</source><translation>没有记录的步</translation></message>
<message><source>stage %1</source><translation>第 %1 级</translation></message>
<message><source>  network</source><translation>  网络</translation></message>
<message><source>No scenario shown here serves requests</source><translation>此处的方案都不处理请求</translation></message>
<message><source>time</source><translation>时间</translation></message>
<message><source>time (%1)</source><translation>时间 (%1)</translation></message>
<message><source>requests</source><translation>请求</translation></message>
<message><source>nodes</source><translation>节点</translation></message>
<message><source>in service</source><translation>在役</translation></message>
<message><source>more at the peak</source><translation>峰值增加</translation></message>
<message><source>Find a span: forward 12, optimizer</source><translation>查找时间段：forward 12、optimizer</translation></message>
<message><source>Find a span</source><translation>查找时间段</translation></message>
<message><source>Colours of the timeline</source><translation>时间线配色</translation></message>
<message><source>Span under the cursor</source><translation>光标处的时间段</translation></message>
<message><source>Timeline of the baseline</source><translation>基准的时间线</translation></message>
<message><source>Timeline of the selected scenario</source><translation>所选方案的时间线</translation></message>
<message><source>Requests over time</source><translation>请求随时间变化</translation></message>
<message><source>No span holds “%1”</source><translation>没有包含“%1”的时间段</translation></message>
<message><source>Selected: %1</source><translation>所选：%1</translation></message>
<message><source>Neither the baseline nor the selected scenario has a simulated training step: open one with [training] and press F5.</source><translation>基准和所选方案都没有模拟的训练步：请打开带 [training] 的方案并按 F5。</translation></message>
<message><source>critical path</source><translation>关键路径</translation></message>
<message><source>measured</source><translation>实测</translation></message>
<message><source>predicted</source><translation>预测</translation></message>
<message><source>others</source><translation>其他</translation></message>
<message><source>%1, error %2</source><translation>%1，误差 %2</translation></message>
<message><source>Run compares the suite's predictions with measurements</source><translation>运行将比较该套件的预测与实测</translation></message>
<message><source>This suite compares words; see the table</source><translation>该套件比较文字；见表格</translation></message>
<message><source>Figure</source><translation>数据</translation></message>
<message><source>Measured</source><translation>实测</translation></message>
<message><source>Predicted</source><translation>预测</translation></message>
<message><source>Error</source><translation>误差</translation></message>
<message><source>Source</source><translation>来源</translation></message>
<message><source>&lt;b&gt;%1&lt;/b&gt;: %2 figures compared, %3 left out · median error &lt;b&gt;%4&lt;/b&gt;, 90 % below %5 · bias %6 · %7 inside the 80 % interval</source><translation>&lt;b&gt;%1&lt;/b&gt;：比较 %2 个数据，略去 %3 个 · 误差中位数 &lt;b&gt;%4&lt;/b&gt;，90 % 低于 %5 · 偏差 %6 · %7 在 80 % 区间内</translation></message>
<message><source>Kernel</source><translation>内核</translation></message>
<message><source>Library</source><translation>库</translation></message>
<message><source>Measured rows</source><translation>实测行数</translation></message>
<message><source>Spread of small calls</source><translation>小调用的离散度</translation></message>
<message><source>Spread</source><translation>离散度</translation></message>
<message><source>carried over</source><translation>沿用</translation></message>
<message><source>Predicted against measured</source><translation>预测与实测</translation></message>
<message><source>Figures</source><translation>数据</translation></message>
<message><source>Suite</source><translation>套件</translation></message>
<message><source>Run the suite</source><translation>运行套件</translation></message>
<message><source>Summary of the suite</source><translation>套件摘要</translation></message>
<message><source>Kernels behind the chips</source><translation>芯片背后的内核</translation></message>
<message><source>Running…</source><translation>运行中…</translation></message>
<message><source>Cancelled.</source><translation>已取消。</translation></message>
<message><source>Comparison</source><translation>比较</translation></message>
<message><source>What differs</source><translation>差异</translation></message>
<message><source>Hide equal rows</source><translation>隐藏相同的行</translation></message>
<message><source>What is broken down</source><translation>分解的对象</translation></message>
<message><source>Step (s)</source><translation>步 (s)</translation></message>
<message><source>Fleet and months</source><translation>集群与月份</translation></message>
<message><source>Table of the result</source><translation>结果表</translation></message>
<message><source>Table</source><translation>表</translation></message>
<message><source>Column drawn</source><translation>绘制的列</translation></message>
<message><source>add %1</source><translation>添加 %1</translation></message>
<message><source>rename to %1</source><translation>重命名为 %1</translation></message>
<message><source>%1 (copy)</source><translation>%1（副本）</translation></message>
<message><source>duplicate %1</source><translation>复制 %1</translation></message>
<message><source>remove %1</source><translation>移除 %1</translation></message>
<message><source>reorder</source><translation>重新排序</translation></message>
<message><source>set baseline</source><translation>设为基准</translation></message>
<message><source>Untitled</source><translation>无标题</translation></message>
<message><source>error</source><translation>错误</translation></message>
<message><source>waiting</source><translation>等待中</translation></message>
<message><source>simulating %1 %</source><translation>模拟中 %1 %</translation></message>
<message><source>simulated</source><translation>已模拟</translation></message>
<message><source>estimated</source><translation>已估计</translation></message>
<message><source>not run</source><translation>未运行</translation></message>
<message><source>refused</source><translation>被拒绝</translation></message>
<message><source>cancelled</source><translation>已取消</translation></message>
<message><source>%1 is not UTF-8 text</source><translation>%1 不是 UTF-8 文本</translation></message>
<message><source>save as %1</source><translation>另存为 %1</translation></message>
</context>
</TS>
