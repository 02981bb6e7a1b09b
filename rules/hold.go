package rules

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/flow/redact/mark"
)

const (
	// HoldTime is the time after which a held message is forwarded unchanged.
	HoldTime = 2 * time.Minute
	// maxHeld bounds the messages that are held at a time. Further ones go on at once.
	maxHeld = 32
)

// Names of what a running proxy answers and takes like a model of its store. A store without a
// proxy has neither.
const (
	// StateName is the [State], and StateName, a dot and the ID of a held message is that message.
	StateName = "rules.state"
	// DecisionName takes a [Decision].
	DecisionName = "rules.decision"
)

// State is the status of a proxy's rules.
type State struct {
	Matched map[string]int64 `json:"matched"` // by the ID of a rule
	Held    []Held           `json:"held"`    // oldest first
}

// Held is a message that waits for a person.
type Held struct {
	ID     int       `json:"id"`
	Rule   string    `json:"rule"`
	Phase  string    `json:"phase"`
	Method string    `json:"method"`
	URL    string    `json:"url"` // redacted
	Status int       `json:"status,omitzero"`
	Since  time.Time `json:"since"`
	Until  time.Time `json:"until"`
	// Text is the message: the method and the target, or the status, then lines of the header, an
	// empty line and the body, with placeholders instead of secrets. It is empty in a list.
	Text string `json:"text,omitempty"`
	// NoBody says why the body is not in Text, and stays as it is.
	NoBody string `json:"no_body,omitempty"`
}

// Decision is what a person decides on a held message.
type Decision struct {
	ID   int  `json:"id"`
	Drop bool `json:"drop,omitzero"` // closes the client's connection
	// Text is the edited [Held.Text]; "" sends the message unchanged.
	Text string `json:"text,omitempty"`
}

// Message is a message that a rule holds. Its fields are changed as the person edits it.
type Message struct {
	Flow   *flow.Flow // the exchange as recorded
	Method string
	Target string // of a request
	Status int    // of a response; 0 for a request
	Header http.Header
	Body   []byte // encoded as Header says
	NoBody string // why Body is not known, "" if it is
}

// ErrNotHeld means that no message with the ID is held.
var ErrNotHeld = errors.New("no such message is held: it was sent on, or its client has gone")

// holder keeps the held messages.
type holder struct {
	mu      sync.Mutex // guards the fields below
	last    int
	waiting []*waiting
	stopped bool
}

// waiting is a held message with what its person decides.
type waiting struct {
	Held
	edit    func(text string) error // applies an edited text; it is called once without an error
	decided chan bool               // receives whether the message is dropped
}

// Hold blocks a message until a person decides, ctx is done or [HoldTime] is over. It returns the
// change, and whether the message is to be dropped. If too many are held, it returns at once.
func (l *Live) Hold(ctx context.Context, rule string, m *Message, red *redact.Redactor) (changed flow.Change, drop bool) {
	t, err := shownText(m, red)
	if err != nil {
		l.CountSkipped()
		return 0, false
	}
	w := &waiting{decided: make(chan bool, 1)}
	w.Held = Held{Rule: rule, Phase: Request, Method: t.method, URL: t.url, Status: m.Status, Since: time.Now(), Text: t.text, NoBody: t.noBody}
	if m.Status != 0 {
		w.Phase = Response
	}
	w.Until = w.Since.Add(HoldTime)
	w.edit = func(text string) (err error) {
		changed, err = t.apply(text)
		return err
	}
	if !l.held.add(w) {
		l.CountSkipped()
		return 0, false
	}
	l.CountApplied()
	timer := time.NewTimer(HoldTime)
	defer timer.Stop()
	select {
	case drop = <-w.decided:
		return changed, drop
	case <-timer.C:
	case <-ctx.Done():
	}
	if l.held.remove(w) {
		return 0, false
	}
	return changed, <-w.decided // a decision came first
}

func (h *holder) add(w *waiting) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped || len(h.waiting) == maxHeld {
		return false
	}
	h.last++
	w.ID = h.last
	h.waiting = append(h.waiting, w)
	return true
}

func (h *holder) remove(w *waiting) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := len(h.waiting)
	h.waiting = slices.DeleteFunc(h.waiting, func(x *waiting) bool { return x == w })
	return len(h.waiting) < n
}

// Decide takes a person's decision. The message stays held if its edited text has a mistake.
func (l *Live) Decide(d Decision) error {
	h := &l.held
	h.mu.Lock()
	defer h.mu.Unlock()
	i := slices.IndexFunc(h.waiting, func(w *waiting) bool { return w.ID == d.ID })
	if i < 0 {
		return ErrNotHeld
	}
	w := h.waiting[i]
	if d.Text != "" && !d.Drop {
		if err := w.edit(d.Text); err != nil {
			return err
		}
	}
	h.waiting = slices.Delete(h.waiting, i, i+1)
	w.decided <- d.Drop
	return nil
}

// releaseOthers sends on what rules held that are not in the list.
func (l *Live) releaseOthers(list []Rule) {
	h := &l.held
	h.mu.Lock()
	defer h.mu.Unlock()
	h.waiting = slices.DeleteFunc(h.waiting, func(w *waiting) bool {
		gone := index(list, w.Rule) < 0
		if gone {
			w.decided <- false
		}
		return gone
	})
}

// StopHolding sends on all held messages, and holds no more.
func (l *Live) StopHolding() {
	l.held.mu.Lock()
	l.held.stopped = true
	l.held.mu.Unlock()
	l.releaseOthers(nil)
}

// Show returns the response of a proxy to a name that begins with [StateName], as JSON.
func (l *Live) Show(name string) ([]byte, error) {
	h := &l.held
	h.mu.Lock()
	defer h.mu.Unlock()
	if id, one := strings.CutPrefix(name, StateName+"."); one {
		for _, w := range h.waiting {
			if strconv.Itoa(w.ID) == id {
				return json.Marshal(w.Held)
			}
		}
		return nil, ErrNotHeld
	}
	s := State{Matched: map[string]int64{}, Held: []Held{}}
	l.matched.Range(func(id, n any) bool {
		s.Matched[id.(string)] = n.(*atomic.Int64).Load()
		return true
	})
	for _, w := range h.waiting {
		one := w.Held
		one.Text = ""
		s.Held = append(s.Held, one)
	}
	return json.Marshal(s)
}

// heldText is a message as a person sees it, and its original.
type heldText struct {
	m                         *Message
	own                       *redact.Redactor // of its texts
	method, url, text, noBody string
	first                     string      // the first line, shown
	lines, shown              flow.Header // the editable part, plain and shown
	body                      string      // shown
	plainBody                 []byte      // decoded
}

// shownText returns the text of a message without its secrets.
func shownText(m *Message, red *redact.Redactor) (*heldText, error) {
	t := &heldText{m: m, noBody: m.NoBody}
	for _, line := range flow.HeaderOf(m.Header) {
		if checkHeader(line.Name, line.Value) == nil {
			t.lines = append(t.lines, line)
		}
	}
	f, phase := *m.Flow, Response
	if m.Status == 0 {
		phase, f.Request.Method = Request, m.Method
		f.Request.Path, f.Request.RawQuery, _ = strings.Cut(m.Target, "?")
	}
	if t.noBody == "" {
		var err error
		if t.plainBody, err = plainBody(m.Header, m.Body); err != nil {
			t.noBody = err.Error()
		}
	}
	body := flow.Body{Data: t.plainBody, Size: int64(len(t.plainBody))}
	f, t.own = shown(red, f, phase, flow.Response{Status: m.Status, Header: t.lines, Body: body})
	t.method, t.url = f.Request.Method, f.Request.URL()
	shownBody := f.Request.Body
	t.shown = f.Request.Header
	t.first = m.Method + " " + f.Request.Target()
	if m.Status != 0 {
		t.shown, shownBody = f.Response.Header, f.Response.Body
		t.first = strconv.Itoa(m.Status)
	}
	if len(t.shown) != len(t.lines) {
		return nil, errors.New("redaction left out a header")
	}
	if t.noBody == "" && (shownBody.Omitted != "" || shownBody.Truncated || !utf8.Valid(shownBody.Data)) {
		t.noBody = "it is not text that can be shown"
	}
	var b strings.Builder
	b.WriteString(t.first + "\n")
	for _, line := range t.shown {
		b.WriteString(line.Name + ": " + line.Value + "\n")
	}
	b.WriteString("\n")
	if t.noBody == "" {
		t.body = string(shownBody.Data)
		b.WriteString(t.body)
	}
	t.text = b.String()
	return t, nil
}

// apply changes the message to an edited text. Unchanged parts stay as they were. A placeholder
// anywhere else is refused.
func (t *heldText) apply(text string) (changed flow.Change, err error) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	head, body, _ := strings.Cut(text, "\n\n")
	first, rest, _ := strings.Cut(head, "\n")
	set, err := t.firstLine(strings.TrimSpace(first))
	if err != nil {
		return 0, err
	}
	header, err := t.header(rest)
	if err != nil {
		return 0, err
	}
	now, isNew, err := t.newBody(body, header.Get("Content-Type"))
	if err != nil {
		return 0, err
	}
	if set != nil {
		set()
		changed |= flow.StartChanged
	}
	old := flow.HeaderOf(t.m.Header)
	for _, line := range t.lines {
		t.m.Header.Del(line.Name)
	}
	maps.Copy(t.m.Header, header)
	if !slices.Equal(old, flow.HeaderOf(t.m.Header)) {
		changed |= flow.HeaderChanged
	}
	if isNew {
		t.m.Body = now
		changed |= flow.BodyChanged
	}
	return changed, nil
}

// firstLine returns what sets the method and the target, or the status, nil if nothing does.
func (t *heldText) firstLine(line string) (func(), error) {
	if line == t.first {
		return nil, nil
	}
	if t.m.Status != 0 {
		code, _, _ := strings.Cut(line, " ")
		n, err := strconv.Atoi(code)
		if err != nil || !isStatus(n) {
			return nil, fmt.Errorf("the first line must be a status from 200 to 599 that has a body, not %q", line)
		}
		return func() { t.m.Status = n }, nil
	}
	method, target, _ := strings.Cut(line, " ")
	if _, shown, _ := strings.Cut(t.first, " "); target == shown {
		target = t.m.Target
	} else if _, _, secret := mark.Next(target); secret {
		return nil, errors.New("the target has a placeholder: leave the target as it was, or write it without secrets")
	}
	if (Rule{ID: "x", Action: Block, Phase: Request, Method: method}).Check() != nil || method == "" || !strings.HasPrefix(target, "/") ||
		strings.ContainsFunc(target, func(c rune) bool { return c <= ' ' || c >= 0x7f || c == '#' }) {
		return nil, errors.New("the first line must be a method, a space and an escaped target such as /items?page=2")
	}
	return func() { t.m.Method, t.m.Target = method, target }, nil
}

// header reads the edited lines.
func (t *heldText) header(text string) (http.Header, error) {
	h, kept := http.Header{}, map[int]bool{} // a line stays once
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		value = strings.TrimSpace(value)
		if !ok {
			return nil, errors.New("each line of the header must be NAME: VALUE, and an empty line must follow")
		}
		i := 0
		for i < len(t.shown) && (kept[i] || !strings.EqualFold(t.shown[i].Name, name) || t.shown[i].Value != value) {
			i++
		}
		if kept[i] = true; i < len(t.shown) {
			value = t.lines[i].Value
		} else if _, _, secret := mark.Next(value); secret {
			return nil, fmt.Errorf("%s has a placeholder: leave the line as it was, or write it without secrets", name)
		} else if err := checkHeader(name, value); err != nil {
			return nil, err
		}
		h.Add(name, value)
	}
	return h, nil
}

// newBody returns the edited body, with secrets where their placeholders are.
func (t *heldText) newBody(text, contentType string) (body []byte, isNew bool, err error) {
	switch {
	case t.noBody != "" && text != "":
		return nil, false, errors.New("the body is not shown and cannot be replaced: write nothing after the header")
	case t.noBody != "" || text == strings.ReplaceAll(t.body, "\r\n", "\n"):
		return nil, false, nil
	}
	body, err = unmask(t.own, contentType, []byte(text), []byte(t.body), t.plainBody)
	if err != nil {
		return nil, false, errors.New("a placeholder of the body must stay where it was, under its name")
	}
	return body, true, nil
}
