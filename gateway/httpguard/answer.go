package httpguard

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcptools/spectools/credential"
)

// Answer implements [capture.Judgement]. It applies the policy's rules on results, which see an
// answer as that of a tool of spectools, and removes credentials that the guard has added.
func (j *judgement) Answer(resp *http.Response) *capture.Denial {
	if j.call != nil {
		j.call.Observe(context.Background(), resp) // it keeps what it sees
	}
	treats := j.verdict.TreatsResults()
	if !treats && len(j.credentials) == 0 {
		return nil
	}
	j.scrub(resp.Header)
	h := flow.HeaderOf(resp.Header)
	if resp.StatusCode < 200 || resp.Body == nil {
		return nil
	}
	kind := h.MediaType()
	isText := kind == "text/event-stream" || resp.ContentLength < 0 && (decode.IsJSON(kind) || strings.HasPrefix(kind, "text/"))
	if isText && decode.IsUnchanged(h.Get("Content-Type")) && !h.Has("Content-Encoding") && !treats {
		resp.Body = &scrubber{ReadCloser: resp.Body, resp: resp, j: j, part: make([]byte, maxForm)}
		resp.ContentLength = -1
		resp.Header.Del("Content-Length")
		return nil
	}
	sent, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	j.scrub(resp.Trailer)
	data, complete, codingErr := decode.Body(h, flow.Body{Data: sent, Size: int64(len(sent))}, maxBody)
	switch {
	case kind == "text/event-stream" && treats:
		return j.withhold("the answer is a stream, and the policy looks at results")
	case err != nil || codingErr != nil || !complete || len(sent) > maxBody:
		return j.withhold("the answer cannot be read, or is longer than 16 MiB")
	case treats && !utf8.Valid(data):
		return j.withhold("the answer is no text, and the policy looks at results")
	}
	changed := credential.Redact(data, j.credentials)
	if !utf8.Valid(data) && !bytes.Equal(changed, data) { // what looks like an escape may be none
		return j.withhold("the answer is no text, and repeats a credential")
	}
	if treats && len(data) > 0 {
		var withheld string
		if changed, withheld = j.treat(changed); withheld != "" {
			return j.withhold(withheld)
		}
	}
	if j.size = len(changed); bytes.Equal(changed, data) {
		changed = sent
	} else {
		resp.Header.Del("Content-Encoding")
		resp.Header.Set("Content-Length", strconv.Itoa(len(changed)))
		resp.ContentLength = int64(len(changed))
	}
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(changed))
	return nil
}

// scrub removes credentials from a header.
func (j *judgement) scrub(h http.Header) {
	for _, values := range h {
		for i, v := range values {
			values[i] = string(credential.Redact([]byte(v), j.credentials))
		}
	}
}

// treat applies the policy to a decoded body.
func (j *judgement) treat(data []byte) (out []byte, withheld string) {
	value := jsonvalue.Decode(data)
	isText := value == nil && string(bytes.TrimSpace(data)) != "null"
	if isText {
		value = string(data)
	}
	before := jsonvalue.Encode(map[string]any{"structuredContent": map[string]any{"type": "api_response", "data": value}})
	after, withheld := j.g.c.Enforce.Treat(j.verdict, before)
	if withheld != "" || bytes.Equal(after, before) {
		return data, withheld
	}
	result, _ := jsonvalue.Decode(after).(map[string]any)
	content, _ := result["structuredContent"].(map[string]any)
	if text, ok := content["data"].(string); ok && isText {
		return []byte(text), ""
	}
	return jsonvalue.Encode(content["data"]), ""
}

// withhold keeps an answer from the client.
func (j *judgement) withhold(reason string) *capture.Denial {
	j.withheld = true
	return &capture.Denial{Status: http.StatusBadGateway, Reason: reason}
}

// maxForm bounds the forms of a credential that are found in a text that streams, in bytes.
const maxForm = 32 << 10

// scrubber removes credentials from a text that streams. It reads lines as a whole, and of a line
// that does not end at most 2*maxForm bytes: what was read is searched twice at most.
type scrubber struct {
	io.ReadCloser
	resp        *http.Response
	j           *judgement
	part        []byte
	ready, rest []byte
	err         error
}

func (s *scrubber) Read(p []byte) (n int, err error) {
	for len(s.ready) == 0 && s.err == nil {
		n, s.err = s.ReadCloser.Read(s.part)
		s.rest = append(s.rest, s.part[:n]...)
		end, kept := len(s.rest), 0
		if i := bytes.LastIndexByte(s.part[:n], '\n'); s.err != nil {
			s.j.scrub(s.resp.Trailer)
		} else if i >= 0 {
			end -= n - i - 1
		} else if kept = maxForm; end < 2*maxForm {
			continue
		}
		text := credential.Redact(s.rest[:end], s.j.credentials)
		cut := max(0, len(text)-kept)
		s.ready, s.rest = text[:cut], append(bytes.Clone(text[cut:]), s.rest[end:]...)
	}
	if n = copy(p, s.ready); n == 0 {
		return 0, s.err
	}
	s.ready, s.j.size = s.ready[n:], s.j.size+n
	return n, nil
}
