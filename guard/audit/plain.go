package audit

import (
	"math"
	"strconv"
	"time"
)

// plain returns a record as the JSON that [json.Encoder] makes of it, without the closing brace and
// several times faster. It reports false for a record that it cannot write so: one with values, a
// change or a checkpoint, or with texts that need escapes.
func plain(r *Record) (text []byte, ok bool) {
	if r.Values != nil || r.Change != nil || r.Checkpoint != nil || r.Time.Location() != time.UTC || r.Time.Year() < 1 || r.Time.Year() > 9999 {
		return nil, false
	}
	w := plainWriter{text: make([]byte, 0, 1024), ok: true}
	w.text = strconv.AppendUint(append(w.text, `{"seq":`...), r.Seq, 10)
	w.name("prev")
	w.quote(r.Prev)
	w.name("time")
	w.text = append(r.Time.AppendFormat(append(w.text, '"'), time.RFC3339Nano), '"')
	w.name("event")
	w.quote(r.Event)
	w.string("identity", r.Identity)
	w.string("session", r.Session)
	w.string("server", r.Server)
	w.number("call", r.Call)
	w.string("direction", r.Direction)
	w.string("method", r.Method)
	w.string("name", r.Name)
	w.string("request", r.Request)
	w.int("status", r.Status)
	w.string("via", r.Via)
	w.string("decision", r.Decision)
	w.string("confirmed", r.Confirmed)
	if r.Shadow {
		w.name("shadow")
		w.text = append(w.text, "true"...)
	}
	w.string("rule", r.Rule)
	w.string("reason", r.Reason)
	w.list("arguments", r.Arguments)
	w.string("digest", r.Digest)
	w.string("policy", r.Policy)
	w.list("taints", r.Taints)
	w.string("outcome", r.Outcome)
	if l := r.Latency; l != 0 {
		w.name("latency_ms")
		w.text = strconv.AppendFloat(w.text, l, 'f', -1, 64)
		w.ok = w.ok && math.Abs(l) >= 1e-6 && math.Abs(l) < 1e21 // others have exponents
	}
	w.int("size", r.Size)
	return w.text, w.ok
}

// plainWriter writes the members of a record. Those that are empty are left out.
type plainWriter struct {
	text []byte
	ok   bool // no text needed an escape
}

func (w *plainWriter) name(name string) {
	w.text = append(append(append(w.text, `,"`...), name...), `":`...)
}

func (w *plainWriter) quote(s string) {
	for i := range len(s) {
		if b := s[i]; b < ' ' || b > '~' || b == '"' || b == '\\' {
			w.ok = false
		}
	}
	w.text = append(append(append(w.text, '"'), s...), '"')
}

func (w *plainWriter) string(name, s string) {
	if s != "" {
		w.name(name)
		w.quote(s)
	}
}

func (w *plainWriter) number(name string, n uint64) {
	if n != 0 {
		w.name(name)
		w.text = strconv.AppendUint(w.text, n, 10)
	}
}

func (w *plainWriter) int(name string, n int) {
	if n != 0 {
		w.name(name)
		w.text = strconv.AppendInt(w.text, int64(n), 10)
	}
}

func (w *plainWriter) list(name string, list []string) {
	if len(list) == 0 {
		return
	}
	w.name(name)
	for i, s := range list {
		start := byte(',')
		if i == 0 {
			start = '['
		}
		w.text = append(w.text, start)
		w.quote(s)
	}
	w.text = append(w.text, ']')
}
