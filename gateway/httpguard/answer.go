package httpguard

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strconv"
	"unicode/utf8"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcptools/spectools/credential"
)

// Answer implements [capture.Judgement]. It applies the policy's rules on results, which see an
// answer as that of a tool of spectools, and removes credentials that the guard has added.
func (j *judgement) Answer(resp *http.Response) *capture.Denial {
	treats := j.verdict.TreatsResults()
	if !treats && len(j.credentials) == 0 {
		return nil
	}
	for _, values := range resp.Header {
		for i, v := range values {
			values[i] = string(credential.Redact([]byte(v), j.credentials))
		}
	}
	h := flow.HeaderOf(resp.Header)
	if resp.StatusCode < 200 || resp.Body == nil {
		return nil
	}
	if h.MediaType() == "text/event-stream" && !h.Has("Content-Encoding") && !treats {
		resp.Body = &lines{ReadCloser: resp.Body, from: bufio.NewReaderSize(resp.Body, maxLine), credentials: j.credentials}
		resp.ContentLength = -1
		resp.Header.Del("Content-Length")
		return nil
	}
	sent, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	data, complete, codingErr := decode.Body(h, flow.Body{Data: sent, Size: int64(len(sent))}, maxBody)
	switch {
	case h.MediaType() == "text/event-stream" && treats:
		return j.withhold("the answer is a stream, and the policy looks at results")
	case err != nil || codingErr != nil || !complete || len(sent) > maxBody:
		return j.withhold("the answer cannot be read, or is longer than 16 MiB")
	case treats && !utf8.Valid(data):
		return j.withhold("the answer is no text, and the policy looks at results")
	}
	changed := data
	if utf8.Valid(data) { // else what looks like an escape is none
		changed = credential.Redact(data, j.credentials)
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

// maxLine bounds the lines of a stream, in bytes.
const maxLine = 1 << 20

// lines removes credentials from a stream, line by line.
type lines struct {
	io.ReadCloser
	from        *bufio.Reader
	credentials []egress.Credential
	rest        []byte
}

func (l *lines) Read(p []byte) (n int, err error) {
	if len(l.rest) == 0 {
		l.rest, err = l.from.ReadSlice('\n')
		l.rest = credential.Redact(bytes.Clone(l.rest), l.credentials)
		if err == bufio.ErrBufferFull || len(l.rest) == 0 {
			return 0, err
		}
	}
	n = copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}
