//go:build unix

package redact_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

// cpuTime returns the time that this process has computed, which other processes do not change.
func cpuTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano())
}

// TestTimeIsLinear redacts text that is made to be searched again and again: eight times the
// text takes far less than 64 times as long.
func TestTimeIsLinear(t *testing.T) {
	for _, piece := range []string{
		"| a | b |\n", "| a ", "| password | x |\n", "|\n", "| a | b |\n| --- | --- |\n", "password | a\n",
		"<tr>", "<tr><td>", "<td>password", "<tr><td>a</td><td>b</td></tr>", "<table><tr><th>password</th>", "<tr><td>password</td><td>x</td>",
		"<table>", "</td>", "<th>", "<tr ",
		`\x41`, `"\x41`, `"a\u0041`, "'\\x41", `"\x70assword": `,
		" -p", " -px", "mysql -p", "mysql ", "rootpw a;", "by 'x' ", "identified by '", "password for ", "set password for x = ", "password '",
		"name: ", "name: password, ", "value: ", "value: x, ", "- name: password\n", "- value: x\n", `{"name":"password",`, "name=password&", "value=",
		"a,password\n", "a,\"password\n", ",", "? password\n", "type=password\n  ", `["password",`, `[["password",`, `["password"],`, "[[\"a\",\"password\"],[",
		"<type>password</type>", "<type>", "<label>password</label>",
		"{SSHA}", "Private-Lines: 1\n", "key=", "code=", "stringData:\npassword: a,", "//code=mnemonic: a b c ", "sudo -S <<EOF\n", "<<",
		"log in with a/", "credentials: ", "password = a || '", "getenv('PASSWORD', ", "set('password', ", "-auth a:", "tool -u a -p ", "%2522", "&#34;", `\u0022`, "&amp;",
		"password：", "your code is ", "code below:\n", "password <- ", "(token)=(", "**", "密码 ", `{"old":1,"new":`, `{"action":"change_password",`, `{"old":"a",`,
		"data: a\n  data: b\n", "- data: a\n", "token in ('a1', ", "# a\n", "fill 'password' with ", "password\t", "API key** ", "token 1: ", "password?: ",
		"::add-mask::[redacted:secret:0123456789] ", "Password\n", "[users]\na=", `["password":`, "8=FIX 554= ", "/;a=b/c", "/;stok=", "/(S(a", "API key:\n", `{"data":"a",`,
		"chap/", "snmp-server{", "encryption=", "proxy_set_header{", "authentication-password#", "nickserv,register,", "plain-text-password-value,", "basic,", "community:",
		"login=:./[", "g][", "eyJhIjox", "eyJhIjox/", "H4sIAAAA", "YTpi/YTpi", "6b3d", "6b3d/", "cHc9YWFhYWFh ",
	} {
		for _, contentType := range []string{"text/html", "application/json", "application/yaml", "text/csv", "application/x-www-form-urlencoded"} {
			took := func(n int) time.Duration {
				data := []byte(strings.Repeat(piece, n/len(piece)))
				start := cpuTime(t)
				red.Body(contentType, data)
				return cpuTime(t) - start
			}
			const tries = 5 // the garbage of earlier texts may be collected in any of them
			var small, large time.Duration
			for try := 0; try == 0 || try < tries && large > 32*small && large > 60*time.Millisecond; try++ {
				small, large = max(small, took(8<<10)), took(64<<10)
			}
			if large > 32*small && large > 60*time.Millisecond {
				t.Errorf("%s of %q: %v for 8 KiB, %v for 64 KiB", contentType, piece, small, large)
			}
		}
	}
}

// TestReferenceTimeIsLinear redacts JSON in which many members refer to other places: to elements of
// flattened lists, beside each other and nested, and to parameters of a statement.
func TestReferenceTimeIsLinear(t *testing.T) {
	statement := strings.Repeat("password:$a code:$b ", 3000)
	for name, x := range map[string]struct{ before, piece string }{
		"lists in a list": {`[`, `{"token":1,"a":[{"token":1}]},`},
		"nested lists":    {``, `[{"token":1,"x":`},
		"variables":       {`{"query":"` + statement + `","variables":{`, `"c":1,`},
	} {
		took := func(n int) time.Duration {
			data := []byte(x.before + strings.Repeat(x.piece, n/len(x.piece)))
			start := cpuTime(t)
			red.Body("application/json", data)
			return cpuTime(t) - start
		}
		var small, large time.Duration
		for try := 0; try == 0 || try < 5 && large > 32*small && large > 150*time.Millisecond; try++ {
			small, large = max(small, took(8<<10)), took(64<<10)
		}
		if large > 32*small && large > 150*time.Millisecond {
			t.Errorf("%s: %v for 8 KiB, %v for 64 KiB", name, small, large)
		}
	}
}

// TestLargeTimeIsLinear redacts large texts with many values: sixteen times the text takes far less
// than 256 times as long, also where only a fast search for a byte goes beyond a value.
func TestLargeTimeIsLinear(t *testing.T) {
	for name, piece := range map[string]string{
		"values without a blank": "password=?,",
		"numbers in JSON":        `[{"token":1,"x":`,
		"other keys":             "password=-----BEGIN X,",
		"links":                  "https://h/unsubscribe?t=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln;",
		"parameters":             "x?p=a;",
	} {
		took := func(n int) time.Duration {
			data := []byte(strings.Repeat(piece, n/len(piece)))
			start := cpuTime(t)
			red.Body("application/json", data)
			return cpuTime(t) - start
		}
		var small, large time.Duration
		for try := 0; try == 0 || try < 5 && large > 40*small; try++ {
			small, large = max(small, took(64<<10)), took(1<<20)
		}
		if large > 40*small {
			t.Errorf("%s: %v for 64 KiB, %v for 1 MiB", name, small, large)
		}
	}
}

// TestEchoTimeIsLinear redacts flows with many secrets and a body that is made to be searched for them.
func TestEchoTimeIsLinear(t *testing.T) {
	var sent strings.Builder
	sent.WriteString(`{"a":1`)
	for i := range 64 {
		fmt.Fprintf(&sent, `,"token":"%dZq8rT2mWsword4fish%s"`, i, strings.Repeat("aB3", i))
	}
	sent.WriteString("}")
	for _, piece := range []string{"5a7138/", "WnE4clQybVdz", "Zq8rT2mWswo/", "H4sIAAAA/", "WlhsS2FHSkhZMmxQYVVwSlZYcEpNVTVwU2pr/", "ZXlK"} {
		took := func(n int) time.Duration {
			start := cpuTime(t)
			echoedTo(sent.String(), strings.Repeat(piece, n/len(piece)))
			return cpuTime(t) - start
		}
		var small, large time.Duration
		for try := 0; try == 0 || try < 5 && large > 32*small && large > 60*time.Millisecond; try++ {
			small, large = max(small, took(8<<10)), took(64<<10)
		}
		if large > 32*small && large > 60*time.Millisecond {
			t.Errorf("%q: %v for 8 KiB, %v for 64 KiB", piece, small, large)
		}
	}
}
