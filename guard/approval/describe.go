package approval

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/unicode/bidi"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/visible"
)

// LastLike returns the newest call of the same tool and inner tool that was sent for the caller, or
// nil.
func LastLike(all []Held, h *Held) (last *Held) {
	for i := range all {
		if o := &all[i]; o.State == Used && o.ID != h.ID && o.Server == h.Server && o.Tool == h.Tool && o.Inner == h.Inner && o.Grant == h.Grant {
			last = o
		}
	}
	return last
}

// Describe returns the description of a call for the person who decides, as lines: the caller, the
// reason, and each argument. last is the last call of the tool that was approved, or nil;
// differences from it are marked. Letters that look like ASCII ones are marked, and invisible
// characters are escaped. Of a long value both ends are shown, and the number of characters between
// them. No text of the call can start a line of its own. [DescribeFull] shows the rest.
func Describe(h *Held, last *Held) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", h.ID, h.Status())
	line := lineTo(&b)
	if h.Void {
		line("void", ErrVoid.Error())
	}
	if h.Follows != "" {
		line("follows", h.Follows+", the same call under an earlier policy")
	}
	line("tool", quoteIfOdd(h.Tool))
	line("calls", quoteIfOdd(h.Inner))
	line("server", quoteIfOdd(h.Server))
	line("asked by", quoteIfOdd(h.Grant)+h.saysItIs())
	line("rule", strings.Join(append([]string{h.Rule}, h.Also...), ", "))
	line("reason", h.Reason)
	line("asked at", h.Created.Local().Format("2006-01-02 15:04:05"))
	line("until", h.Expires.Local().Format("2006-01-02 15:04:05"))
	if h.Approvers > 1 {
		line("approvers", fmt.Sprintf("%d", h.Approvers))
	}
	describeDecisions(line, h.Decisions)
	line("digest", h.Digest)
	describeCredentials(line, h.Credentials)
	line("effect", h.Effect)
	describeRequest(&b, h.Request)
	describeArguments(&b, h, last)
	return b.String()
}

// maxQuestion bounds a question to the person who uses a client, in bytes.
const maxQuestion = 8 << 10

// Question returns the question that asks the person who uses a client to approve a call. ok is
// false if it is too long to be shown in full.
func Question(h *Held) (text string, ok bool) {
	shown := *h
	shown.Credentials = slices.Clone(h.Credentials)
	for i := range shown.Credentials {
		shown.Credentials[i].Begins = "" // the client may be the agent
	}
	text = DescribeFull(&shown, nil) + "Do you approve this call?"
	return text, len(text) <= maxQuestion
}

// lineTo returns a function that writes a value with its name, unless the value is empty.
func lineTo(b *strings.Builder) func(name, value string) {
	return func(name, value string) {
		if value != "" {
			fmt.Fprintf(b, "  %-9s %s\n", name, visible.LookalikeLine(value))
		}
	}
}

func describeCredentials(line func(name, value string), all []Credential) {
	for _, c := range all {
		text := c.Scheme
		if c.Begins != "" {
			text += " " + c.Begins + "…"
		}
		line("sent with", text)
	}
}

func describeDecisions(line func(name, value string), all []Decision) {
	for _, d := range all {
		verb := "denied"
		if d.Approve {
			verb = "approved"
		}
		line(verb, strings.TrimSpace(fmt.Sprintf("by %s at %s  %s", d.By, d.At.Local().Format("15:04:05"), d.Note)))
	}
}

// maxBody bounds a body that is shown in full, in characters.
const maxBody = 4000

// describeRequest writes the request to be sent. Each line of its body is marked, so that none
// looks like a line of the description.
func describeRequest(b *strings.Builder, r *Request) {
	if r == nil {
		return
	}
	fmt.Fprintf(b, "sends\n  %s %s\n", visible.LookalikeLine(r.Method), bothEnds(r.URL, maxBody))
	if r.MayBe != "" {
		fmt.Fprintf(b, "  which a server may handle as %s\n", visible.LookalikeLine(r.MayBe))
	}
	for _, h := range r.Header {
		fmt.Fprintf(b, "  %s\n", bothEnds(h, maxShown))
	}
	if r.Size == 0 {
		return
	}
	fmt.Fprintf(b, "  a body of %d bytes, SHA-256 %s\n", r.Size, r.Hash)
	start, middle, end := visible.Split(r.Body, maxBody)
	if middle == "" {
		writeBlock(b, r.Body)
		return
	}
	writeBlock(b, start)
	fmt.Fprintf(b, "  %s\n", between(middle))
	writeBlock(b, end)
}

// describeArguments writes each argument and its difference from the last call.
func describeArguments(b *strings.Builder, h, last *Held) {
	if h.Arguments == nil { // a call that waits for a confirmation is held by its digest
		return
	}
	now, before := map[string]string{}, map[string]string{}
	flatten(now, "", jsonvalue.Decode(h.Arguments))
	if last != nil {
		flatten(before, "", jsonvalue.Decode(last.Arguments))
	}
	if len(now) == 0 {
		b.WriteString("no arguments\n")
	} else {
		b.WriteString("arguments\n")
	}
	for _, path := range slices.Sorted(maps.Keys(now)) {
		was, had := before[path]
		fmt.Fprintf(b, "  %s = %s\n", shownPath(path), bothEnds(now[path], maxShown))
		switch {
		case last == nil || was == now[path]:
		case had:
			fmt.Fprintf(b, "    was %s\n", bothEnds(was, maxShown))
			describeChange(b, now[path], was)
		default:
			b.WriteString("    was not there\n")
		}
	}
	for _, path := range slices.Sorted(maps.Keys(before)) {
		if _, ok := now[path]; !ok {
			fmt.Fprintf(b, "  %s is not there, was %s\n", shownPath(path), bothEnds(before[path], maxShown))
		}
	}
}

// flatten collects the scalars and empty containers in v by their JSON Pointer.
func flatten(to map[string]string, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, e := range v {
			flatten(to, path+jsonvalue.Pointer(name), e)
		}
		if len(v) == 0 && path != "" {
			to[path] = "{}"
		}
	case []any:
		for i, e := range v {
			flatten(to, fmt.Sprintf("%s/%d", path, i), e)
		}
		if len(v) == 0 {
			to[path] = "[]"
		}
	case nil:
		if path != "" {
			to[path] = "null"
		}
	default:
		to[path] = string(jsonvalue.Encode(v))
	}
}

// shownPath returns the path of an argument. Its names come from the caller: they are escaped so
// that none looks like a value or, written from right to left, changes places with it.
func shownPath(path string) string {
	text := visible.LookalikeLine(quoteIfOdd(path))
	if strings.ContainsFunc(path, isRightToLeft) {
		text += "\n   "
	}
	return text
}

func isRightToLeft(r rune) bool {
	if r < 0x590 {
		return false
	}
	p, _ := bidi.LookupString(string(r))
	return p.Class() == bidi.R || p.Class() == bidi.AL
}

// maxShown bounds a value that is shown in full, in characters.
const maxShown = 400

// saysItIs returns the name that a client gives itself, in quotes because nobody verified it.
func (h *Held) saysItIs() string {
	if h.Client == "" {
		return ""
	}
	return ", which says it is " + string(jsonvalue.Encode(h.Client))
}

// quoteIfOdd quotes a name that could be misread.
func quoteIfOdd(s string) string {
	if strings.ContainsAny(s, " \t\n\"'=") {
		return string(jsonvalue.Encode(s))
	}
	return s
}

// DescribeStanding returns the description of a standing approval, as lines.
func DescribeStanding(s *Standing) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", s.ID, s.State)
	line := lineTo(&b)
	line("tool", quoteIfOdd(s.Tool))
	line("calls", quoteIfOdd(s.Inner))
	line("server", quoteIfOdd(s.Server))
	line("asked by", quoteIfOdd(s.Grant))
	line("rule", strings.Join(append([]string{s.Rule}, s.Also...), ", "))
	line("policy", s.Policy)
	line("pin", s.Definition)
	describeCredentials(line, s.Credentials)
	for _, q := range s.If {
		line("if", q)
	}
	if len(s.If) == 0 {
		line("if", "(any arguments)")
	}
	times := "any number of calls"
	if s.Times > 0 {
		times = fmt.Sprintf("%d of %d calls", s.Used, s.Times)
	} else if s.Used == 1 {
		times = "1 call so far"
	} else if s.Used > 0 {
		times = fmt.Sprintf("%d calls so far", s.Used)
	}
	line("used", times)
	line("until", s.Expires.Local().Format("2006-01-02 15:04:05"))
	if s.Approvers > 1 {
		line("approvers", fmt.Sprintf("%d", s.Approvers))
	}
	describeDecisions(line, s.Decisions)
	line("digest", s.Digest)
	return b.String()
}
