package front

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/mcp/jsonrpc"
)

// sentMessages is a connection that keeps sent messages.
type sentMessages chan *jsonrpc.Message

func (s sentMessages) Send(m *jsonrpc.Message, _ jsonrpc.Exchange) error { s <- m; return nil }
func (sentMessages) Receive() (jsonrpc.Packet, error)                    { return jsonrpc.Packet{}, io.EOF }
func (sentMessages) Close() error                                        { return nil }

// question takes the next question off a connection.
func question(t *testing.T, sent sentMessages) (id string) {
	t.Helper()
	m := <-sent
	if m.Method != "elicitation/create" || !strings.Contains(string(m.Params), `"message":"sure?"`) {
		t.Fatalf("%s", m.Text)
	}
	return m.ID
}

// A caller has eight questions open at most. An answer, and the end of the time to answer, make room
// for others; other callers are not concerned.
func TestAsker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newServer()
		var q Asker
		sure := mcp.ElicitationParams{Message: "sure?", RequestedSchema: map[string]any{"type": "object", "properties": map[string]any{}}}
		if _, err := q.Ask(t.Context(), "anna", sure); err == nil || err.Error() != "ask the user: the call has no server" {
			t.Errorf("without a server: %v", err)
		}
		sent := make(sentMessages, 20)
		c := newConnection(m, sent, "x", slog.New(slog.DiscardHandler))
		x := c.session
		x.Initialize()
		answered := func(id, result string) { c.answerQuestion(jsonrpc.Response(id, []byte(result))) }
		ctx := make(chan context.Context, 1)
		m.AddTool(mcp.NewTool("context"), func(of context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			ctx <- of
			return mcp.NewToolResultText(""), nil
		})
		m.HandleMessage(m.WithContext(context.Background(), x), []byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"context"}}`))
		call := context.WithoutCancel(<-ctx)
		type answer struct {
			action string
			err    error
		}
		answers := make(chan answer, 20)
		ask := func(caller string) {
			go func() {
				a, err := q.Ask(call, caller, sure)
				if err != nil {
					answers <- answer{"", err}
					return
				}
				answers <- answer{string(a.Action), nil}
			}()
		}
		var ids []string
		for range 8 {
			ask("anna")
			ids = append(ids, question(t, sent))
		}
		if _, err := q.Ask(call, "anna", sure); !errors.Is(err, ErrTooManyQuestions) || !strings.HasPrefix(err.Error(), "8 questions wait") {
			t.Errorf("a ninth: %v", err)
		}
		ask("bert")
		bert := question(t, sent)
		answered(bert, `{"action":"decline"}`)
		if a := <-answers; a.err != nil || a.action != "decline" {
			t.Errorf("another caller: %+v", a)
		}
		answered(ids[0], `{"action":"accept"}`)
		if a := <-answers; a.err != nil || a.action != "accept" {
			t.Errorf("%+v", a)
		}
		ask("anna")
		question(t, sent)
		began := time.Now()
		for range 8 { // nobody answers
			if a := <-answers; !errors.Is(a.err, context.DeadlineExceeded) {
				t.Errorf("%+v", a)
			}
		}
		if waited := time.Since(began); waited != 50*time.Second {
			t.Errorf("a question is open for %v", waited)
		}
		synctest.Wait()
		if len(q.open) != 0 || len(c.questions) != 0 {
			t.Errorf("%v are open, %d wait", q.open, len(c.questions))
		}
	})
}

// Each refusal is reported with its reason.
func TestRefusalsSayWhy(t *testing.T) {
	whys := make(chan string, 10)
	token := NewToken()
	url := start(t, Config{Token: token, MaxBody: 50, Refused: func(_ *http.Request, why string) { whys <- why }})
	host := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), DefaultPath)
	const end = "\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"
	for name, tt := range map[string]struct{ request, status, why string }{
		"too large": {"POST /mcp HTTP/1.1" + end + "Content-Length: 51\r\n\r\n{", "413", "the request body is too large: the limit is 50 bytes"},
		"no token":  {"POST /mcp HTTP/1.1\r\nHost: %s\r\nX-Other: %s\r\n\r\n", "401", "a bearer token is required"},
		"origin":    {"POST /mcp HTTP/1.1" + end + "Origin: https://evil.example\r\n\r\n", "403", "pages of this origin may not call this server"},
		"host":      {"POST /mcp HTTP/1.1\r\nHost: evil%[1]s\r\nAuthorization: Bearer %[2]s\r\n\r\n", "403", "this server does not answer to this Host"},
	} {
		c, err := net.Dial("tcp", host)
		noError(t, err)
		fmt.Fprintf(c, tt.request, host, token)
		c.(*net.TCPConn).CloseWrite()
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(name, err)
		}
		body, _ := io.ReadAll(resp.Body)
		c.Close()
		if !strings.HasPrefix(resp.Status, tt.status) || string(body) != tt.why+"\n" {
			t.Errorf("%s: %s %q", name, resp.Status, body)
		}
		if why := <-whys; why != tt.why {
			t.Errorf("%s: told %q", name, why)
		}
	}
}

// A client of the newest protocol declares with each request whether it can be asked.
func TestChannelOfTheNewestProtocol(t *testing.T) {
	m := newServer()
	var got Channel
	m.AddTool(mcp.NewTool("channel"), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		got = ChannelOf(ctx)
		return mcp.NewToolResultText(""), nil
	})
	for capabilities, want := range map[string]Channel{
		`{"elicitation":{}}`: ByResult, `{"elicitation":{"form":{}}}`: ByResult, `{"elicitation":{"url":{}}}`: NoChannel, `{}`: NoChannel, "": NoChannel,
	} {
		meta := `"` + mcp.MetaKeyProtocolVersion + `":"` + mcp.ProtocolVersion20260728 + `"`
		if capabilities != "" {
			meta += `,"` + mcp.MetaKeyClientCapabilities + `":` + capabilities
		}
		got = -1
		m.HandleMessage(t.Context(), []byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"channel","_meta":{`+meta+`}}}`))
		if got != want && !(capabilities == "" && got == -1) { // which the library refuses
			t.Errorf("%s: %v", capabilities, got)
		}
	}
}
