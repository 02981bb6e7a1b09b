package browser

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// TestFirefoxTakesTheCA lets a stub of Firefox take the CA over its interface for programs, which a
// server of this test speaks.
func TestFirefoxTakesTheCA(t *testing.T) {
	const greeting, done = `50:{"applicationType":"gecko","marionetteProtocol":3}`, `%d:[1,%d,null,{}]`
	for _, tt := range []struct {
		name    string
		refused int // the call that is refused, 0 for none
		answer  string
		want    string
	}{
		{"all calls", 0, "", ""},
		{"no session", 1, `31:[1,1,{"error":"not now"},null] `, `add the CA to the profile of Firefox: WebDriver:NewSession: it refused: {"error":"not now"}`},
		{"no context", 2, `5:[1,2]`, `Marionette:SetContext: invalid answer "[1,2]"`},
		{"no script", 3, `2:xx`, `WebDriver:ExecuteScript: invalid answer "xx"`},
		{"an invalid length", 3, `1048577:x`, `invalid length "1048577:"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := must.Get(net.Listen("tcp", "127.0.0.1:0"))
			defer l.Close()
			calls := make(chan string, 1)
			go func() {
				var got strings.Builder
				defer func() { calls <- got.String() }()
				c, err := l.Accept()
				if err != nil {
					return
				}
				defer c.Close()
				io.WriteString(c, greeting)
				m := marionette{r: bufio.NewReader(c)}
				for i := 1; ; i++ {
					data, err := m.read()
					if err != nil {
						return
					}
					got.Write(data)
					answer := fmt.Sprintf(done, len(fmt.Sprint(i))+len("[1,,null,{}]"), i)
					if i == tt.refused {
						answer = tt.answer
					}
					io.WriteString(c, answer)
				}
			}()
			dir := t.TempDir()
			t.Setenv("PORT", fmt.Sprint(l.Addr().(*net.TCPAddr).Port))
			path := stub(t, dir, "firefox", `case "$*" in *--marionette*) echo " $PORT" >"$3/MarionetteActivePort"; exec /bin/sleep 60;; esac`)
			err := Run(t.Context(), Config{Path: path, Proxy: "127.0.0.1:2", CA: stubCA, URL: "http://127.0.0.1:1/"})
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want %s", err, tt.want)
			}
			if tt.refused > 0 {
				return
			}
			script, _ := json.Marshal(addCA)
			want := `[0,1,"WebDriver:NewSession",{}][0,2,"Marionette:SetContext",{"value":"chrome"}]` +
				`[0,3,"WebDriver:ExecuteScript",{"args":["` + base64.StdEncoding.EncodeToString(stubCA.Raw) + `"],"script":` + string(script) + `}]`
			if got := <-calls; got != want {
				t.Errorf("the calls are\n%s\nwant\n%s", got, want)
			}
			if got := notes(t, dir); !strings.HasSuffix(got, " http://127.0.0.1:1/\n") || strings.Count(got, "firefox ") != 2 {
				t.Errorf("the programs noted %s", got)
			}
		})
	}
}
