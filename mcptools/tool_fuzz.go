package mcptools

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/replay"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// FuzzResult lists the responses to unusual values.
type FuzzResult struct {
	tool.Untrusted
	Baseline  FuzzRow   `json:"baseline"` // the request as captured
	Results   []FuzzRow `json:"results"`
	Anomalies int       `json:"anomalies"`
}

// FuzzRow describes one response.
type FuzzRow struct {
	Payload   string   `json:"payload,omitempty"`
	Status    int      `json:"status_code"`
	Length    int      `json:"length"` // bytes of the response's body
	TookMS    int64    `json:"took_ms"`
	Anomalies []string `json:"anomalies"` // server_error, status_differs, length_differs, no_answer
}

// payloads are values that programs may interpret as code or paths, by category.
var payloads = map[string][]string{
	"sqli":           {"'", "' OR '1'='1", "1; SELECT 1", "\" OR \"\"=\"", "1' AND SLEEP(0)-- "},
	"xss":            {"<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "javascript:alert(1)"},
	"path_traversal": {"../../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "....//....//etc/passwd"},
}

// fuzz prepares the requests, of which the first is the baseline. They are like those of an attack,
// so reads are held, too. A consent is valid for all, once each.
func (s *sendTools) fuzz(ctx context.Context, a tool.Args) (tool.Prepared, error) {
	r, err := s.prepareReplay(ctx, a.Flow("flow_id"))
	if err != nil {
		return tool.Prepared{}, err
	}
	setPayload, err := payloadSetter(r, a.String("target_param"), a.String("param_type") == "json_body")
	if err != nil {
		return tool.Prepared{}, err
	}
	values := payloads[a.String("payload_category")]
	calls := []egress.Call{r.Call}
	for _, value := range values {
		if err := setPayload(value); err != nil {
			return tool.Prepared{}, err
		}
		calls = append(calls, r.Call)
	}
	r.Call = calls[0]
	name := view.Cut(view.Visible(a.String("target_param")), 60)
	out := tool.Prepared{Holds: true, What: fmt.Sprintf("send %s; then the same %d times with unusual values (%s) of %s.",
		r.Describe(), len(values), a.String("payload_category"), name)}
	for i := range calls {
		calls[i].Once = true
		out.Bound = append(out.Bound, calls[i].Digest().String())
	}
	out.Run = func(ctx context.Context, _ bool) (any, error) {
		return s.sendPayloads(ctx, r, calls, values, a.Seconds("timeout")), nil
	}
	return out, nil
}

// sendPayloads sends the requests and compares the answers with that to the first.
func (s *sendTools) sendPayloads(ctx context.Context, r *replay.Request, calls []egress.Call, values []string, timeout time.Duration) FuzzResult {
	r.Call = calls[0]
	out := FuzzResult{Untrusted: tool.Notice(), Results: []FuzzRow{}, Baseline: s.sendPayload(ctx, r, "", timeout)}
	for i, value := range values {
		r.Call = calls[i+1]
		row := s.sendPayload(ctx, r, value, timeout)
		row.compare(out.Baseline)
		if len(row.Anomalies) > 0 {
			out.Anomalies++
		}
		out.Results = append(out.Results, row)
	}
	return out
}

// payloadSetter returns a function that sets a query parameter or a member of the JSON body.
func payloadSetter(r *replay.Request, name string, inBody bool) (func(value string) error, error) {
	if !inBody {
		query := r.Call.URL.RawQuery
		return func(value string) error {
			u := *r.Call.URL
			u.RawQuery = replay.SetQuery(query, name, value)
			r.Call.URL = &u
			return nil
		}, nil
	}
	var object map[string]json.RawMessage
	data, _, err := decode.Body(r.Flow.Request.Header, r.Flow.Request.Body, view.MaxDecoded)
	if err != nil || json.Unmarshal(data, &object) != nil {
		return nil, tool.Errorf(tool.CodeNoBody, "", "the body of the request is not a JSON object")
	}
	r.SetBody(data)
	return func(value string) (err error) {
		if object[name], err = json.Marshal(value); err != nil {
			return err
		}
		r.Call.Body, err = json.Marshal(object)
		return err
	}, nil
}

// sendPayload sends one request. A missing response is a result too.
func (s *sendTools) sendPayload(ctx context.Context, r *replay.Request, payload string, timeout time.Duration) FuzzRow {
	_, f, err := r.Send(ctx, s.config.Client, timeout)
	if err != nil {
		return FuzzRow{Payload: payload, Anomalies: []string{"no_answer"}}
	}
	return FuzzRow{
		Payload: payload, Status: f.Response.Status, Length: int(f.Response.Body.Size),
		TookMS: f.Took.Milliseconds(), Anomalies: []string{},
	}
}

// compare adds the differences from the baseline.
func (r *FuzzRow) compare(baseline FuzzRow) {
	if r.Status >= 500 {
		r.Anomalies = append(r.Anomalies, "server_error")
	}
	if r.Status != baseline.Status {
		r.Anomalies = append(r.Anomalies, "status_differs")
	}
	if diff := r.Length - baseline.Length; max(diff, -diff)*5 > baseline.Length {
		r.Anomalies = append(r.Anomalies, "length_differs")
	}
}
