package redact_test

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/spectap/spectap/internal/test/must"
)

// TestRepeatedNames checks that the search around a name is cheap, even in texts made of repeated
// names. Such texts once took years. The limit is of this thread's own time, regardless of the
// machine's load.
func TestRepeatedNames(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	begun := threadTime(t)
	for _, s := range []string{"?key=abcdef", "?code=abcdef", "key=[", "key='a ", `{"code":"abcdef","a":`, "=key",
		"state=a&code=b&", "key%3D", "<a key=", "-p ", "https://a:b", "<pin><a>", "<pin name=key>", "password:\n  a: b\n",
		"password: |\n", "password: {", "{a: 'b", "a/b+c", "$2b$10$", "user:x@tcp(", "<!", "--x\nContent-A: b\n", "pin[",
		"<a b=\"<a c='", "key: !a &b ", "user a on >b", "expect \"password\"\nsend ", "passwd <<< ", "Private-Lines: ", "send \"a",
		"variable \"password\" { default ", "TRUE\t", "{SSHA}a", "password%22", "&lt;password&gt;", "WIFI:", "stdin;\n", "{password,",
		"('password', ", "password LIKE '", "mnemonic: a b ", "PASS a", "password   ", "password=(", "password=a('", "UGFzc3dvcmQ6\n",
		"Authorization: Digest a=\"", "SSH2", "identify ", "echo a | ", "basic a"} {
		text := strings.Repeat(s, 5000)
		red.Text(text)
		red.Query(text)
		red.JSON([]byte(text))
		red.Body("text/html", []byte(text))
	}
	if took := threadTime(t) - begun; took > time.Minute {
		t.Errorf("it took %s", took)
	}
}

// threadTime returns how long the processor has worked for this thread.
func threadTime(t *testing.T) time.Duration {
	t.Helper()
	var now unix.Timespec
	must.Do(t, unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &now))
	return time.Duration(now.Nano())
}
