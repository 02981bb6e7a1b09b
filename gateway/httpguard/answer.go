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
	treats := j.document != nil && j.verdict.TreatsResults()
	for _, values := range resp.Header {
		for i, v := range values {
			values[i] = string(credential.Redact([]byte(v), j.credentials))
		}
	}
	if !treats && j.credentials == nil || resp.StatusCode < 200 || resp.Body == nil || resp.Body == http.NoBody {
		return nil
	}
	isCoded := resp.Header.Get("Content-Encoding") != ""
	if flow.MediaType(resp.Header.Get("Content-Type")) == "text/event-stream" && !isCoded {
		if treats {
			return j.withhold("the answer is a stream, and the policy looks at results")
		}
		resp.Body = &lines{ReadCloser: resp.Body, from: bufio.NewReaderSize(resp.Body, maxLine), credentials: j.credentials}
		resp.ContentLength = -1
		resp.Header.Del("Content-Length")
		return nil
	}
	sent, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil || len(sent) > maxBody {
		return j.withhold("the answer cannot be read, or is longer than 16 MiB")
	}
	h := flow.HeaderOf(resp.Header)
	data, complete, err := decode.Body(h, flow.Body{Data: sent, Size: int64(len(sent))}, maxBody)
	if err != nil || !complete {
		return j.withhold("the coding of the answer cannot be decoded")
	}
	changed := data
	if utf8.Valid(data) {
		changed = credential.Redact(data, j.credentials)
	} else {
		for _, c := range j.credentials { // escapes of text occur in other data by chance
			for _, s := range c.Secrets() {
				changed = bytes.ReplaceAll(changed, []byte(s), nil)
			}
		}
	}
	if treats && len(data) > 0 {
		out, denial := j.treat(changed)
		if denial != nil {
			return denial
		}
		changed = out
	}
	j.size = len(changed)
	resp.Body.Close()
	if bytes.Equal(changed, data) {
		changed = sent
	} else {
		resp.Header.Del("Content-Encoding")
		resp.Header.Del("ETag")
		resp.Header.Set("Content-Length", strconv.Itoa(len(changed)))
		resp.ContentLength = int64(len(changed))
	}
	resp.Body = io.NopCloser(bytes.NewReader(changed))
	return nil
}

// treat applies the policy to a decoded body.
func (j *judgement) treat(data []byte) ([]byte, *capture.Denial) {
	value := jsonvalue.Decode(data)
	isText := value == nil && string(bytes.TrimSpace(data)) != "null"
	if isText {
		value = string(data)
	}
	if !utf8.Valid(data) {
		return nil, j.withhold("the answer is no text, and the policy looks at results")
	}
	before := jsonvalue.Encode(map[string]any{"structuredContent": map[string]any{"type": "api_response", "data": value}})
	out, withheld := j.g.c.Enforce.Treat(j.verdict, before)
	if withheld != "" {
		return nil, j.withhold(withheld)
	}
	if bytes.Equal(out, before) {
		return data, nil
	}
	result, _ := jsonvalue.Decode(out).(map[string]any)
	content, _ := result["structuredContent"].(map[string]any)
	if text, ok := content["data"].(string); ok && isText {
		return []byte(text), nil
	}
	return jsonvalue.Encode(content["data"]), nil
}

// withhold keeps an answer from the client.
func (j *judgement) withhold(reason string) *capture.Denial {
	j.withheld = true
	return &capture.Denial{Status: http.StatusBadGateway, Reason: reason}
}

// maxLine bounds the lines of a stream that are searched as a whole, in bytes.
const maxLine = 1 << 20

// lines removes credentials from a stream, line by line.
type lines struct {
	io.ReadCloser
	from        *bufio.Reader
	credentials []egress.Credential
	rest        []byte
}

func (l *lines) Read(p []byte) (int, error) {
	if len(l.rest) == 0 {
		line, err := l.from.ReadSlice('\n')
		if err == bufio.ErrBufferFull {
			return 0, err
		}
		if l.rest = credential.Redact(bytes.Clone(line), l.credentials); len(l.rest) == 0 {
			return 0, err
		}
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}
