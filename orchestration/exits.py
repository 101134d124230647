"""Exit codes of the command line, and what each means."""

DONE, REFUSED, USAGE, BUSY, FAILED = range(5)

MEANINGS = {
    DONE: "完成 done",
    REFUSED: "关口拒绝发布，原发布不变；或所查文件须修改、所比发布不一致 refused by a gate: nothing was published, "
    "previous release stays; or a checked file has something to put right, or a compared release differs",
    USAGE: "用法错误 usage",
    BUSY: "另一进程正在写入（会指明） busy: another process is writing; the message names it",
    FAILED: "程序或机器故障 failed: a bug or the machine",
}
