package mcptools

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/guard"
)

// Send is the way out for requests that an agent asks for.
type Send struct {
	// Client sends. It lets nothing through but what goes to Origins.
	Client *egress.Client
	// Origins were named by a person, such as "https://api.example.com": requests go to them alone, and secrets
	// that were captured are put back for them.
	Origins []string
	// Keep, unless nil, stores what replay_flow sent and what was answered, and returns its number. The flow has secrets
	// where redaction finds them; elsewhere those that were put back have their placeholders.
	Keep func(ctx context.Context, f flow.Flow) (flow.Seq, error)
}

// SentResult is what a request that was sent again answered.
type SentResult struct {
	Untrusted
	Method  string   `json:"method"`
	URL     string   `json:"url"`
	Status  int      `json:"status_code"`
	TookMS  int64    `json:"took_ms"`
	Headers []Header `json:"headers"`
	Body    Body     `json:"body"`
	FlowID  flow.Seq `json:"flow_id,omitempty" jsonschema_description:"the number it is kept under"`
	NotKept string   `json:"not_kept,omitempty" jsonschema_description:"why it is not kept as a flow"`
}

// VariableResult says what is kept.
type VariableResult struct {
	Untrusted
	Name  string `json:"name"`
	Value string `json:"value" jsonschema_description:"with placeholders in the place of secrets"`
}

// FuzzResult says what unusual values did.
type FuzzResult struct {
	Untrusted
	Baseline  FuzzRow   `json:"baseline" jsonschema_description:"the request as it was captured"`
	Results   []FuzzRow `json:"results"`
	Anomalies int       `json:"anomalies"`
}

// FuzzRow is one request.
type FuzzRow struct {
	Payload string   `json:"payload,omitempty"`
	Status  int      `json:"status_code"`
	Length  int      `json:"length" jsonschema_description:"bytes of the answer's body"`
	TookMS  int64    `json:"took_ms"`
	Odd     []string `json:"anomalies" jsonschema_description:"server_error, status_differs, length_differs, no_answer"`
}

func (s *service) sendTools() []tool {
	name := param{name: "name", kind: text, maxLen: 60, required: true, doc: "letters, digits and _; used as $name or ${name} in headers_json and body of replay_flow"}
	timeout := func(otherwise int) param {
		return param{name: "timeout", kind: number, least: 1, most: 50, otherwise: otherwise, doc: "seconds to wait for an answer"}
	}
	return []tool{
		newTool("set_session_variable", "Keep a value", "Keeps a text for requests to come. Each client has variables of its own, for as long as its session lasts.",
			[]param{name, {name: "value", kind: text, required: true, doc: "the text"}}, s.setVariable).with(effect{again: true}),
		newTool("extract_session_variable", "Keep a value of a flow", "Keeps what a regular expression (RE2) finds in a flow's answer. It sees placeholders in the place of secrets; these are put back when they are sent to the origin that a person named.",
			[]param{name, flowParam, {name: "regex_pattern", kind: text, maxLen: 1000, required: true, doc: "searched in the answer's body, then its headers"},
				{name: "group_index", kind: whole, least: 0, most: 50, otherwise: 1, doc: "which group to keep; 0 is all"}}, s.extractVariable).with(effect{again: true}),
		newTool("replay_flow", "Send a flow again", "Sends a captured request again, as it was or with another method, headers or body. Only to origins that the server was started with; what is not a read waits for a confirmation.",
			[]param{flowParam, {name: "method", kind: text, maxLen: 40, doc: "another method"},
				{name: "headers_json", kind: text, maxLen: 64 << 10, doc: "a JSON object of headers to set; null takes one out"},
				{name: "body", kind: text, maxLen: 1 << 20, doc: "another body; __omit__ sends none"}, timeout(30), confirmedParam}, s.replay).with(effect{destroys: true, sends: true}),
		newTool("fuzz_endpoint", "Try unusual values", "Sends a captured request several times with unusual values of one parameter, and says which answers differ.",
			[]param{flowParam, {name: "target_param", kind: text, maxLen: 200, required: true, doc: "query parameter, or member of the JSON body"},
				{name: "param_type", kind: text, enum: []string{"query", "json_body"}, otherwise: "query", doc: "where it stands"},
				{name: "payload_category", kind: text, enum: sortedKeys(payloads), otherwise: "sqli", doc: "what to try"}, timeout(10), confirmedParam}, s.fuzz).with(effect{destroys: true, sends: true}),
	}
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (s *service) keep(ctx context.Context, name string, x sessionVariable) (VariableResult, error) {
	if !variableName.MatchString(name) {
		return VariableResult{}, badArgument("name", "must be letters, digits and _")
	}
	if len(x.text) > maxVariable {
		return VariableResult{}, badArgument("name", "would have a text of %d bytes: at most %d are kept", len(x.text), maxVariable)
	}
	if !s.vars.set(s.principal(ctx), name, x) {
		return VariableResult{}, badArgument("name", "is one too many: at most %d are kept", maxVariables)
	}
	return VariableResult{untrusted, name, cut(visible(s.Redact.Text(x.text)), previewBytes)}, nil
}

func (s *service) setVariable(ctx context.Context, a args) (VariableResult, error) {
	return s.keep(ctx, a.text("name"), sessionVariable{text: a.text("value")})
}

func (s *service) extractVariable(ctx context.Context, a args) (VariableResult, error) {
	re, err := regexp.Compile(a.text("regex_pattern"))
	if err != nil {
		return VariableResult{}, badArgument("regex_pattern", "is not a regular expression: %s", regexpFault(err))
	}
	if a.whole("group_index") > re.NumSubexp() {
		return VariableResult{}, badArgument("group_index", "is beyond the expression's %d groups", re.NumSubexp())
	}
	raw, err := s.Store.Get(ctx, a.flow("flow_id"))
	if err != nil {
		return VariableResult{}, err
	}
	red := s.Redact.Flow(raw)
	if red.Response == nil {
		return VariableResult{}, errorf(CodeNoBody, "", "the flow has no answer")
	}
	body, _, _, _ := bodyText(red.Response.Header, red.Response.Body)
	for _, text := range []string{body, headerText(red.Response.Header)} {
		if m := re.FindStringSubmatch(text); m != nil {
			return s.keep(ctx, a.text("name"), sessionVariable{m[a.whole("group_index")], secretsOf(&raw, &red)})
		}
	}
	return VariableResult{}, errorf(CodeNoBody, "extract_from_flow and inspect_flow show what there is", "the expression finds nothing in the answer")
}

// outgoing is a request in the making.
type outgoing struct {
	flow  flow.Flow // as it was captured
	known secrets
	vars  map[string]sessionVariable // of who sends it
	call  egress.Call
}

// prepare makes a captured request ready to be sent to where it went.
func (s *service) prepare(ctx context.Context, id flow.Seq) (*outgoing, error) {
	raw, err := s.Store.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(s.Allow.Send.Origins, raw.Request.Origin()) {
		return nil, errorf(CodeRefused, "a person can start the server with --send-to and that origin", "nothing was sent: requests to this flow's origin are not allowed")
	}
	u, err := url.Parse(raw.Request.URL())
	if err != nil {
		return nil, errorf(CodeRefused, "", "nothing was sent: the address cannot be sent")
	}
	red := s.Redact.Flow(raw)
	o := &outgoing{flow: raw, known: secretsOf(&raw, &red), vars: s.vars.get(s.principal(ctx)), call: egress.Call{Method: raw.Request.Method, URL: u}}
	for _, h := range raw.Request.Header {
		o.addHeader(h.Name, h.Value)
	}
	o.call.Body = raw.Request.Body.Data
	return o, nil
}

func (o *outgoing) addHeader(name, value string) {
	switch {
	case strings.EqualFold(name, "Cookie"):
		for part := range strings.SplitSeq(value, ";") {
			key, v, _ := strings.Cut(strings.TrimSpace(part), "=")
			o.call.Cookies = append(o.call.Cookies, egress.Pair{Name: key, Value: v})
		}
	case egress.OwnHeader(name) || slices.Contains(droppedHeaders, strings.ToLower(name)) && !strings.EqualFold(name, "Content-Encoding"):
	default:
		o.call.Header = append(o.call.Header, egress.Pair{Name: name, Value: value})
	}
}

func (o *outgoing) dropHeader(name string) {
	if strings.EqualFold(name, "Cookie") {
		o.call.Cookies = nil
	}
	o.call.Header = slices.DeleteFunc(o.call.Header, func(p egress.Pair) bool { return strings.EqualFold(p.Name, name) })
}

// fill puts variables and secrets into a text that the caller gave.
func (s *service) fill(o *outgoing, argument, value string, escape func(string) string) (string, error) {
	out, missing := o.known.putBack(expand(o.vars, value, o.known), escape)
	if missing != "" {
		return "", badArgument(argument, "has the placeholder %s, which is of another flow: keep it with extract_session_variable first", missing)
	}
	return out, nil
}

// change puts the caller's headers and body in.
func (s *service) change(o *outgoing, a args) error {
	if m := a.text("method"); m != "" {
		o.call.Method = strings.ToUpper(m)
	}
	if text := a.text("headers_json"); text != "" {
		var set map[string]*string
		if err := json.Unmarshal([]byte(text), &set); err != nil {
			return badArgument("headers_json", "must be a JSON object of texts")
		}
		for _, name := range sortedKeys(set) {
			o.dropHeader(name)
			if set[name] == nil {
				continue
			}
			value, err := s.fill(o, "headers_json", *set[name], nil)
			if err != nil {
				return err
			}
			if err := egress.CheckHeader(name, value); err != nil && !strings.EqualFold(name, "Cookie") {
				return badArgument("headers_json", "has the header %s, which cannot be sent", cut(visible(name), 60))
			}
			o.addHeader(name, value)
		}
	}
	if !a.has("body") {
		if o.flow.Request.Body.Truncated {
			return errorf(CodeRefused, "give the body as an argument", "nothing was sent: the recorder kept only a part of the body")
		}
		return nil
	}
	o.dropHeader("Content-Encoding")
	o.call.Body = nil
	if text := a.text("body"); text != "__omit__" {
		escape := func(s string) string { return s }
		switch media := o.flow.Request.Header.MediaType(); {
		case decode.IsJSON(media):
			escape = inJSON
		case decode.IsForm(media):
			escape = url.QueryEscape
		}
		body, err := s.fill(o, "body", text, escape)
		if err != nil {
			return err
		}
		o.call.Body = []byte(body)
	}
	return nil
}

// shown is the request's line without its secrets.
func (s *service) shown(o *outgoing) (method, address string) {
	f := s.Redact.Flow(flow.Flow{Request: flow.Request{
		Method: o.call.Method, Scheme: o.flow.Request.Scheme, Authority: o.flow.Request.Authority, Path: o.call.URL.EscapedPath(), RawQuery: o.call.URL.RawQuery,
	}})
	return visible(o.call.Method), cut(visible(f.Request.URL()), maxURL)
}

// replaySource is what flows have as their Source that replay_flow made.
const replaySource = "replay"

// send sends, and returns the exchange as a flow: as it was, and without secrets.
func (s *service) send(ctx context.Context, o *outgoing, timeout time.Duration) (raw, shown flow.Flow, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	started := time.Now()
	resp, err := s.Allow.Send.Client.Do(ctx, o.call)
	if err != nil {
		return raw, shown, errorf(CodeFailed, "", "no answer: %s", s.hush(err))
	}
	data, truncated, err := egress.ReadBody(resp)
	if err != nil && len(data) == 0 {
		return raw, shown, errorf(CodeFailed, "", "the answer was cut off: %s", s.hush(err))
	}
	raw = o.exchange(resp, started)
	raw.Response.Body = flow.Body{Data: data, Size: int64(len(data)), Truncated: truncated || err != nil}

	shown = o.flow
	shown.Started, shown.Took, shown.Err = raw.Started, raw.Took, ""
	shown.Request.Method = o.call.Method
	answer := *raw.Response
	answer.Header = slices.Clone(answer.Header)
	for i := range answer.Header {
		answer.Header[i].Value = string(o.known.hide([]byte(answer.Header[i].Value)))
	}
	answer.Body.Data = o.known.hide(data)
	answer.Body.Size = int64(len(answer.Body.Data))
	shown.Response = &answer
	return raw, s.Redact.Flow(shown), nil
}

// exchange is what was sent at last, where redirects led, and the head of its answer.
func (o *outgoing) exchange(resp *http.Response, started time.Time) flow.Flow {
	f := flow.Flow{ID: flow.NewID(), Source: replaySource, Started: started, Took: time.Since(started), Done: true, Request: o.flow.Request}
	q := &f.Request
	q.Method, q.Proto, q.Trailer = o.call.Method, resp.Proto, nil
	q.Body = flow.Body{Data: o.call.Body, Size: int64(len(o.call.Body))}
	if sent := resp.Request; sent != nil {
		q.Header = flow.HeaderOf(sent.Header)
		if q.Path = sent.URL.EscapedPath(); q.Path == "" {
			q.Path = "/"
		}
		q.RawQuery = sent.URL.RawQuery
		if origin, err := egress.Origin(sent.URL); err == nil {
			q.Scheme, q.Authority, _ = strings.Cut(origin, "://")
		}
	}
	f.Response = &flow.Response{Status: resp.StatusCode, Proto: resp.Proto, Header: flow.HeaderOf(resp.Header)}
	return f
}

func (s *service) replay(ctx context.Context, a args) (SentResult, error) {
	o, err := s.prepare(ctx, a.flow("flow_id"))
	if err != nil {
		return SentResult{}, err
	}
	if err := s.change(o, a); err != nil {
		return SentResult{}, err
	}
	method, address := s.shown(o)
	if !guard.Safe(o.call.Method) {
		if err := s.confirm(ctx, fmt.Sprintf("send %s %s with a body of %d bytes.", method, address, len(o.call.Body))); err != nil {
			return SentResult{}, err
		}
	}
	raw, f, err := s.send(ctx, o, a.seconds("timeout"))
	if err != nil {
		return SentResult{}, err
	}
	out := SentResult{
		Untrusted: untrusted, Method: method, URL: address, Status: f.Response.Status, TookMS: f.Took.Milliseconds(),
		Headers: headers(f.Response.Header), Body: body(f.Response.Header, f.Response.Body, 0, fullBytes),
	}
	if keep := s.Allow.Send.Keep; keep != nil {
		if out.FlowID, err = keep(ctx, o.known.veil(raw, s.Redact.Flow(raw))); err != nil { // it was sent all the same
			out.FlowID, out.NotKept = 0, s.hush(err)
		}
	}
	return out, nil
}

// payloads are values that programs which take them for something else trip over.
var payloads = map[string][]string{
	"sqli":           {"'", "' OR '1'='1", "1; SELECT 1", "\" OR \"\"=\"", "1' AND SLEEP(0)-- "},
	"xss":            {"<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "javascript:alert(1)"},
	"path_traversal": {"../../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "....//....//etc/passwd"},
}

func (s *service) fuzz(ctx context.Context, a args) (FuzzResult, error) {
	o, err := s.prepare(ctx, a.flow("flow_id"))
	if err != nil {
		return FuzzResult{}, err
	}
	values := payloads[a.text("payload_category")]
	name, inBody := a.text("target_param"), a.text("param_type") == "json_body"
	var object map[string]json.RawMessage
	if inBody {
		data, _, err := decode.Body(o.flow.Request.Header, o.flow.Request.Body, maxDecoded)
		if err != nil || json.Unmarshal(data, &object) != nil {
			return FuzzResult{}, errorf(CodeNoBody, "", "the request's body is no JSON object")
		}
		o.dropHeader("Content-Encoding")
		o.call.Body = data
	}
	if !guard.Safe(o.call.Method) {
		method, address := s.shown(o)
		if err := s.confirm(ctx, fmt.Sprintf("send %d requests %s %s with unusual values of %s.", len(values)+1, method, address, cut(visible(name), 60))); err != nil {
			return FuzzResult{}, err
		}
	}
	timeout := a.seconds("timeout")
	query := o.call.URL.RawQuery
	out := FuzzResult{Untrusted: untrusted, Results: []FuzzRow{}, Baseline: s.try(ctx, o, "", timeout)}
	for _, value := range values {
		if inBody {
			object[name] = json.RawMessage(quoteJSON(value))
			if o.call.Body, err = json.Marshal(object); err != nil {
				return FuzzResult{}, err
			}
		} else {
			u := *o.call.URL
			u.RawQuery = queryWith(query, name, value)
			o.call.URL = &u
		}
		row := s.try(ctx, o, value, timeout)
		row.compare(out.Baseline)
		if len(row.Odd) > 0 {
			out.Anomalies++
		}
		out.Results = append(out.Results, row)
	}
	return out, nil
}

// try sends one request; that there was no answer is a result too.
func (s *service) try(ctx context.Context, o *outgoing, payload string, timeout time.Duration) FuzzRow {
	_, f, err := s.send(ctx, o, timeout)
	if err != nil {
		return FuzzRow{Payload: payload, Odd: []string{"no_answer"}}
	}
	return FuzzRow{Payload: payload, Status: f.Response.Status, Length: int(f.Response.Body.Size), TookMS: f.Took.Milliseconds(), Odd: []string{}}
}

// compare says how an answer differs from the usual one.
func (r *FuzzRow) compare(usual FuzzRow) {
	if r.Status >= 500 {
		r.Odd = append(r.Odd, "server_error")
	}
	if r.Status != usual.Status {
		r.Odd = append(r.Odd, "status_differs")
	}
	if diff := r.Length - usual.Length; max(diff, -diff)*5 > usual.Length {
		r.Odd = append(r.Odd, "length_differs")
	}
}
