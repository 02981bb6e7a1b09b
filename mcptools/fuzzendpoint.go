package mcptools

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
)

// FuzzResult says what unusual values did.
type FuzzResult struct {
	tool.Untrusted
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

// payloads are values that programs which take them for something else trip over.
var payloads = map[string][]string{
	"sqli":           {"'", "' OR '1'='1", "1; SELECT 1", "\" OR \"\"=\"", "1' AND SLEEP(0)-- "},
	"xss":            {"<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "javascript:alert(1)"},
	"path_traversal": {"../../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "....//....//etc/passwd"},
}

func (s *service) fuzz(ctx context.Context, a tool.Args) (FuzzResult, error) {
	o, err := s.prepare(ctx, a.Flow("flow_id"))
	if err != nil {
		return FuzzResult{}, err
	}
	values := payloads[a.String("payload_category")]
	name, inBody := a.String("target_param"), a.String("param_type") == "json_body"
	var object map[string]json.RawMessage
	if inBody {
		data, _, err := decode.Body(o.flow.Request.Header, o.flow.Request.Body, view.MaxDecoded)
		if err != nil || json.Unmarshal(data, &object) != nil {
			return FuzzResult{}, tool.Errorf(tool.CodeNoBody, "", "the request's body is no JSON object")
		}
		o.dropHeader("Content-Encoding")
		o.call.Body = data
	}
	if !guard.IsSafe(o.call.Method) {
		method, address := s.shown(o)
		if err := s.confirm(ctx, fmt.Sprintf("send %d requests %s %s with unusual values of %s.", len(values)+1, method, address, view.Cut(view.Visible(name), 60))); err != nil {
			return FuzzResult{}, err
		}
	}
	timeout := a.Seconds("timeout")
	query := o.call.URL.RawQuery
	out := FuzzResult{Untrusted: tool.Notice(), Results: []FuzzRow{}, Baseline: s.try(ctx, o, "", timeout)}
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
