extension HTMLReport {
  /// Light and dark by the reader's scheme; verdicts in blue-green, ochre and vermilion, which the colour-blind can
  /// tell apart, and always with a mark.
  static let styleSheet = """
    :root{color-scheme:light dark;--ink:#14181f;--soft:#5c6672;--faint:#8b95a1;--ground:#f7f8fa;--card:#fff;
    --grey:#e9ebef;--line:#dfe3e8;--grid:#e8ebef;--a:#00795a;--d:#c73e00;--u:#8a6500;--wash-d:#fdeee6;--wash-u:#fbf4e1}
    .row.standard{--grid:#d5d9df}
    @media screen and (prefers-color-scheme:dark){:root{--ink:#e8ebf0;--soft:#a3adb9;--faint:#77828f;--ground:#0e1116;
    --card:#161b22;--grey:#242a33;--line:#2b323c;--grid:#2a313b;--a:#34c79f;--d:#ff8a55;--u:#dcb04a;--wash-d:#3a2018;
    --wash-u:#332b15}.row.standard{--grid:#39414c}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--ground);color:var(--ink);
    font:15px/1.5 system-ui,-apple-system,"Segoe UI","Noto Sans","Liberation Sans",sans-serif}
    main{max-width:1360px;margin:0 auto;padding:clamp(20px,4vw,52px) clamp(14px,3vw,40px) 60px}
    .verdict{margin-right:.3em}.verdict.a{color:var(--a)}.verdict.d{color:var(--d)}.verdict.u{color:var(--u)}
    .verdict::after{content:"."}
    .eyebrow{margin:0 0 10px;color:var(--soft);font-size:13px;letter-spacing:.01em}
    h1{margin:0;max-width:34em;font-size:clamp(22px,2.7vw,34px);line-height:1.22;font-weight:640;letter-spacing:-.015em;
    text-wrap:balance;overflow-wrap:anywhere}
    .bar{display:flex;gap:3px;height:8px;margin:22px 0 8px}
    .bar i{border-radius:4px;min-width:6px}.bar .a{background:var(--a)}.bar .d{background:var(--d)}
    .bar .u{background:var(--u);opacity:.75}
    .counts{display:flex;flex-wrap:wrap;gap:4px 22px;margin:0;color:var(--soft);font-size:14px}
    .counts b{font-size:15px}.counts .a b{color:var(--a)}.counts .d b{color:var(--d)}.counts .u b{color:var(--u)}
    .counts .s{margin-left:auto}
    section{margin-top:44px}
    h2{margin:0 0 6px;font-size:20px;font-weight:620;letter-spacing:-.01em}
    h2 code{margin-left:12px;font-size:14px;font-weight:400;color:var(--soft)}
    .legend{display:flex;flex-wrap:wrap;gap:2px 18px;margin:0 0 10px;font-size:13px;color:var(--soft)}
    .legend i{display:inline-block;width:18px;height:3px;border-radius:2px;margin-right:6px;vertical-align:middle;
    background:var(--c)}.legend .p i{height:1px;background:var(--ink)}
    .row{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 16px 8px;margin-bottom:12px}
    .row.standard{background:var(--grey);--card:var(--grey)}
    h3{margin:0 0 2px;font-size:14px;font-weight:620}
    h3 span{margin-left:10px;font-weight:400;color:var(--soft)}
    .panels{display:flex;flex-wrap:wrap;gap:6px}
    .panels svg{flex:0 1 calc(var(--w)*1.2px);min-width:min(100%,calc(var(--w)*1px))}
    svg{display:block;height:auto;font-family:inherit}
    .step{font-size:13.5px;font-weight:600;fill:var(--ink)}
    .tick{font-size:12.5px;fill:var(--soft);font-variant-numeric:tabular-nums}
    .grid{stroke:var(--grid);stroke-width:1}.axis,.tickmark{stroke:var(--faint);stroke-width:1;fill:none}
    .predicted{stroke:var(--c);stroke-width:.8;fill:none;opacity:.6}
    .line path{fill:none;stroke:var(--c);stroke-width:1.7;stroke-linejoin:round;stroke-linecap:round}
    .line circle{fill:var(--c);stroke:var(--card);stroke-width:.5}
    .line.marked path{stroke-width:3.2}
    .predicted.marked{stroke-width:1.2;stroke-dasharray:4 3;opacity:1}
    .line:hover path{stroke-width:4}
    .name path{fill:none;stroke:var(--c);stroke-width:.8;opacity:.55}
    .name text{font-size:12.5px;fill:var(--c)}.name.marked text{font-weight:700}
    .disagrees .row.own .line:not(.marked),.disagrees .row.own .name:not(.marked){opacity:.32}
    .caption{max-width:76em;margin:8px 0 0;color:var(--soft);font-size:13px}
    .scroll{overflow-x:auto;margin-top:14px;border:1px solid var(--line);border-radius:12px;background:var(--card)}
    table{border-collapse:collapse;width:100%;font-size:13px;font-variant-numeric:tabular-nums}
    caption{padding:12px 14px 4px;text-align:left;color:var(--soft)}
    th,td{padding:4px 12px;text-align:left;white-space:nowrap;border-top:1px solid var(--line)}
    thead th{border-top:0;color:var(--soft);font-weight:500}
    tbody th{font-weight:500;background:var(--card)}.matrix th:first-child{position:sticky;left:0}
    .n{text-align:right}td b{font-weight:500}td b span,td>span:not(.mark){color:var(--faint);margin-left:4px}
    td small{margin-right:10px;color:var(--soft);font-size:12px}td.p{color:var(--soft)}
    .mark{display:inline-block;width:1.5em;font-weight:700}.mark.a{color:var(--a)}.mark.d{color:var(--d)}.mark.u{color:var(--u)}
    td.d,tr.d td,tr.d th{background:var(--wash-d)}td.d b{font-weight:700;color:var(--d)}
    sup{margin-left:2px;color:var(--soft);font-size:10.5px;font-weight:400}
    .notes{margin:0;padding:8px 14px 10px 40px;color:var(--soft);font-size:13px;border-top:1px solid var(--line)}
    td.u,tr.u td,tr.u th{background:var(--wash-u)}td.why{white-space:normal;min-width:22em;color:var(--soft)}
    details{margin-top:18px}summary{cursor:pointer;color:var(--soft)}
    pre{margin:10px 0;padding:14px 16px;overflow-x:auto;border:1px solid var(--line);border-radius:12px;
    background:var(--card);font-size:13.5px}
    code{font-family:ui-monospace,"SF Mono","Cascadia Mono","Liberation Mono",monospace}
    dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(250px,1fr));gap:12px 24px;margin:18px 0}
    dt{color:var(--faint);font-size:12px}dd{margin:0;overflow-wrap:anywhere}
    .between{margin:6px 0}
    @media (max-width:1000px){.counts .s{margin-left:0}h2 code{display:block;margin:0}h3 span{display:block;margin:0}}
    @media print{body{background:#fff;font-size:11pt}main{max-width:none;padding:0}section{margin-top:18pt}
    h2,h3,.legend,caption,thead{break-after:avoid}.panels,tr,pre,dl div{break-inside:avoid}.scroll{overflow:visible}
    .panels svg{flex:0 1 calc(var(--w)*.75px);min-width:0}.matrix th:first-child{position:static}
    th,td{white-space:normal;padding:2px 6px}}
    """
}
