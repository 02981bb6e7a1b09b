package traffic

import (
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/mcptools/search"
	"github.com/spectap/spectap/mcptools/trace"
	"github.com/spectap/spectap/mcptools/view"
)

// mayMatch returns a test of flows that are not redacted, which passes all that match when they
// are; nil if there is none. The redaction of a flow takes ten times as long.
func (s *Tools) mayMatch(q *searchQuery) func(*flow.Flow) bool {
	var bodies, heads *filter.Probe
	if q.pattern != nil {
		value := q.literal
		if value == "" || strings.HasPrefix(value, "~") {
			value = "~" + q.pattern.String()
		}
		bodies = filter.NewProbe(value)
		if heads = bodies.ForMessages(); heads == nil {
			bodies = nil
		}
	}
	if bodies == nil && q.filter == nil {
		return nil
	}
	return func(f *flow.Flow) bool {
		if e := search.BriefOf(f); !q.matchesBrief(&e) {
			return false
		}
		return !q.excludes(f) && (bodies == nil || s.mayHave(f, bodies, heads, isAbsent))
	}
}

// mayHold returns a test of flows that are not redacted, which passes all that have a value when
// they are: in words that stand alone, or in any; nil if there is none.
func (s *Tools) mayHold(value string, alone bool) func(*flow.Flow) bool {
	probe := filter.NewWordProbe
	if !alone {
		probe = filter.NewPartProbe
	}
	bodies := probe(value)
	heads := bodies.ForMessages()
	if heads == nil {
		return nil
	}
	isAbsent := func(head *flow.Flow, _ *filter.Probe) bool { return len(trace.Find(value, head, alone)) == 0 }
	return func(f *flow.Flow) bool { return s.mayHave(f, bodies, heads, isAbsent) }
}

// mayHave reports whether the texts of a flow may match when it is redacted. isAbsentIn reports
// whether a redacted flow without bodies cannot.
func (s *Tools) mayHave(f *flow.Flow, bodies, heads *filter.Probe, isAbsentIn func(*flow.Flow, *filter.Probe) bool) bool {
	if len(f.Messages) > 0 || mayBodyHave(f.Request.Header, f.Request.Body, bodies) ||
		f.Response != nil && mayBodyHave(f.Response.Header, f.Response.Body, bodies) {
		return true
	}
	if isPlainHead(f) {
		return !isAbsent(f, heads)
	}
	head := *f
	head.Request.Body = flow.Body{}
	if f.Response != nil {
		r := *f.Response
		r.Body, head.Response = flow.Body{}, &r
	}
	head = s.Redact.Flow(head)
	return !isAbsentIn(&head, heads)
}

// isAbsent reports whether the URL and the headers of a flow cannot match.
func isAbsent(f *flow.Flow, p *filter.Probe) bool {
	return p.AbsentText(f.Request.URL()) && p.AbsentText(view.HeaderText(f.Request.Header)) &&
		(f.Response == nil || p.AbsentText(view.HeaderText(f.Response.Header)))
}

// isPlainHead reports whether redaction only replaces parts of the URL and the headers: it decodes
// nothing.
func isPlainHead(f *flow.Flow) bool {
	return isPlain(f.Request.Path) && isPlain(strings.ReplaceAll(f.Request.RawQuery, "&", "")) &&
		isPlainHeader(f.Request.Header) && (f.Response == nil || isPlainHeader(f.Response.Header))
}

func isPlainHeader(h flow.Header) bool {
	for _, x := range h {
		// Basic credentials are decoded.
		if !isPlain(x.Name) || !isPlain(x.Value) || strings.HasSuffix(strings.ToLower(x.Name), "authorization") && !strings.HasPrefix(x.Value, "Bearer ") {
			return false
		}
	}
	return true
}

// isPlain reports whether a text has no characters that escapes and encodings have.
func isPlain(s string) bool {
	return isPrintable([]byte(s)) && !strings.ContainsAny(s, "%\\&+<>{}[]")
}

func mayBodyHave(h flow.Header, b flow.Body, p *filter.Probe) bool {
	if len(b.Data) == 0 {
		return false
	}
	data, _, err := decode.Body(h, b, view.MaxDecoded)
	return err != nil || !isPrintable(data) || !p.AbsentBody(h, string(data))
}

// isPrintable reports whether data has ASCII only, and no characters that are shown in another way.
func isPrintable(data []byte) bool {
	for _, c := range data {
		if c >= 0x7f || c < ' ' && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return true
}
