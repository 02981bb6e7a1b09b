package upstream

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/internal/pause"
	"github.com/spectap/spectap/mcp/jsonrpc"
)

// The pauses before a stream that broke is resumed, and how often that is tried without a message
// in between. A server may ask for another pause, within bounds: one that ends each stream at once
// must not keep the gateway busy.
const (
	resumePause = 500 * time.Millisecond
	leastPause  = 100 * time.Millisecond
	maxResumes  = 6
)

// pauseAfter returns the pause before a stream is asked for again after failures. retry is the one
// that the server sets, or 0; it counts as at least the given one.
func pauseAfter(failures int, retry, least time.Duration) time.Duration {
	if retry > 0 {
		return min(max(retry, least), jsonrpc.MaxPause)
	}
	return min(resumePause<<min(failures, maxResumes), jsonrpc.MaxPause)
}

// errCut ends a stream before the answer.
var errCut = errors.New("the connection to the MCP server ended before the answer")

// readStream delivers the messages of a stream, up to the answer to m. A stream that breaks is
// resumed if the server gave its events ids; the request itself is not sent again.
func (u *remote) readStream(ctx context.Context, m *jsonrpc.Message, resp *http.Response) error {
	e := &eventReader{max: u.c.MaxMessage}
	body := resp.Body
	for failures := 0; ; {
		before := e.last
		answered, err := u.readEvents(e, body, m)
		body.Close()
		switch {
		case answered || err != nil:
			return err
		case e.last == "" || jsonrpc.VersionOf(m) != "":
			return errCut
		case e.last != before:
			failures = 0
		}
		for body = nil; body == nil; {
			if failures++; failures > maxResumes {
				return errCut
			}
			if body, err = u.resume(ctx, e, failures); err != nil {
				return err
			}
		}
	}
}

// resume asks for the rest of a stream after a pause. It returns nil if it should be tried again.
func (u *remote) resume(ctx context.Context, e *eventReader, failures int) (io.ReadCloser, error) {
	if err := pause.For(ctx, pauseAfter(failures-1, e.retry, leastPause)); err != nil {
		return nil, err
	}
	resp, isStream, err := u.openStream(ctx, e)
	if err != nil {
		return nil, ctx.Err()
	}
	switch {
	case isStream:
		return resp.Body, nil
	case resp.StatusCode >= 500:
		resp.Body.Close()
		return nil, nil
	}
	resp.Body.Close()
	return nil, errCut
}

// openStream asks for the events after the last one.
func (u *remote) openStream(ctx context.Context, e *eventReader) (resp *http.Response, isStream bool, err error) {
	_, header := u.headers()
	if e.last != "" {
		header = append(header, egress.Pair{Name: "Last-Event-ID", Value: e.last})
	}
	if resp, err = u.do(ctx, http.MethodGet, nil, header, true); err != nil {
		return nil, false, err
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return resp, resp.StatusCode == http.StatusOK && kind == "text/event-stream", nil
}

// readEvents delivers the messages of a response. It reports whether the answer to m, which may be
// nil, was among them. An error ends the stream for good.
func (u *remote) readEvents(e *eventReader, body io.Reader, m *jsonrpc.Message) (answered bool, err error) {
	stream := ""
	if m != nil {
		stream = m.ID
	}
	for e.start(body); ; {
		text, err := e.next()
		switch {
		case errors.Is(err, errEventSize):
			return false, u.errTooLarge()
		case err != nil:
			return false, nil // it broke
		}
		p, err := u.parse(text)
		if err != nil {
			u.deliver(jsonrpc.Packet{Stream: stream}, err)
			return true, nil // the answer may be in it
		}
		if m != nil && p.IsResponse() {
			if jsonrpc.Key(p.ID) != jsonrpc.Key(m.ID) {
				return false, errors.New("the MCP server answers another call on the stream of this one")
			}
			u.note(m, p)
			answered = true
		}
		u.deliver(jsonrpc.Packet{Message: p, Stream: stream}, nil)
		if answered {
			return true, nil
		}
	}
}

// listen opens the stream for messages that belong to no call, once, and again when it ends. A
// server need not have one.
func (u *remote) listen() { u.listening.Do(func() { go u.follow() }) }

// follow reads that stream until the connection ends, or the server offers none.
func (u *remote) follow() {
	e := &eventReader{max: u.c.MaxMessage}
	for failures := 0; u.ctx.Err() == nil; failures++ {
		resp, isStream, err := u.openStream(u.ctx, e)
		if err == nil {
			switch {
			case isStream:
				failures = 0
				_, err = u.readEvents(e, resp.Body, nil)
			case resp.StatusCode == http.StatusNotFound:
				u.cancel(jsonrpc.ErrSession)
			case resp.StatusCode < 500:
				resp.Body.Close()
				return // the server offers no stream
			}
			resp.Body.Close()
		}
		if err != nil {
			u.c.Log.Debug("the stream of the MCP server ended", "error", err)
		}
		_ = pause.For(u.ctx, pauseAfter(failures, e.retry, resumePause)) // the loop checks the context
	}
}

// eventReader reads server-sent events.
type eventReader struct {
	max   int           // of an event, in bytes
	last  string        // the id of the last event that had one
	retry time.Duration // how long the server asks to wait, 0 if it does not
	r     *bufio.Reader
}

// errEventSize is the error for an event that is too large.
var errEventSize = errors.New("the event is too large")

// start begins with another response.
func (e *eventReader) start(r io.Reader) { e.r = bufio.NewReaderSize(r, 16<<10) }

// next returns the data of the next event with data that is a message.
func (e *eventReader) next() ([]byte, error) {
	var data []byte
	id, hasData, kind, size := "", false, "", 0
	for {
		line, err := e.line(e.max - size)
		if err != nil {
			return nil, err
		}
		size += len(line)
		if len(line) == 0 { // the event is complete
			if id != "" {
				e.last = id
			}
			if hasData && len(bytes.TrimSpace(data)) > 0 && (kind == "" || kind == "message") {
				return data, nil
			}
			data, id, hasData, kind, size = nil, "", false, "", 0
			continue
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(name) {
		case "data":
			if hasData {
				data = append(data, '\n')
			}
			data, hasData = append(data, value...), true
		case "event":
			kind = string(value)
		case "id":
			if egress.CheckHeader("Last-Event-ID", string(value)) == nil && len(value) <= maxEventID {
				id = string(value)
			}
		case "retry":
			if ms, err := strconv.Atoi(string(value)); err == nil && ms >= 0 && ms < 1e9 {
				e.retry = time.Duration(ms) * time.Millisecond
			}
		}
	}
}

// maxEventID bounds the id of an event, in bytes.
const maxEventID = 1024

// line returns a line without its end: LF, or CR and LF.
func (e *eventReader) line(most int) ([]byte, error) {
	var line []byte
	for {
		part, err := e.r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > most+2:
			return nil, errEventSize
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil:
			return nil, fmt.Errorf("read an event: %w", err)
		}
		return bytes.TrimRight(line, "\r\n"), nil
	}
}

// ErrUnauthorized is the error for a request that the server refuses with the status 401.
var ErrUnauthorized = errors.New("the credential is missing or refused")

// ErrSignIn is the [ErrUnauthorized] of a server that names where people sign in (RFC 9728).
var ErrSignIn = fmt.Errorf("%w; a person signs in with spectap auth login, and the gateway then uses --upstream-login", ErrUnauthorized)

// asksToSignIn reports whether a refusal is [ErrSignIn].
func asksToSignIn(resp *http.Response) bool {
	return resp.StatusCode == http.StatusUnauthorized && strings.Contains(strings.Join(resp.Header.Values("WWW-Authenticate"), ","), "resource_metadata")
}

// statusError says what a status from 300 on means for people.
func statusError(resp *http.Response) error {
	status := fmt.Sprintf("the MCP server answers with status %d", resp.StatusCode)
	switch c := resp.StatusCode; {
	case asksToSignIn(resp):
		return fmt.Errorf("%s: %w", status, ErrSignIn)
	case c == http.StatusUnauthorized:
		return fmt.Errorf("%s: %w", status, ErrUnauthorized)
	case c == http.StatusForbidden:
		return errors.New(status + ": the credential is missing or refused")
	case c < 400:
		return fmt.Errorf("%s: %s; name the URL that it redirects to", status, cmp.Or(egress.NotFollowed(resp), "redirects are not followed"))
	case c == http.StatusNotFound || c == http.StatusMethodNotAllowed:
		return errors.New(status + ": the URL may not be that of an MCP endpoint, or the server has the old HTTP+SSE transport")
	}
	return errors.New(status)
}
