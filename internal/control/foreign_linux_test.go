package control

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spectap/spectap/store"
)

// nobody is a user ID other than that of the tests.
const nobody = 65534

// asNobody runs f in a thread that has changed to another user. Only root can do so.
func asNobody(t *testing.T, f func() error) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can become another user")
	}
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // the thread ends with the goroutine
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, nobody, nobody, nobody); errno != 0 {
			done <- errno
			return
		}
		done <- f()
	}()
	noError(t, <-done)
}

// impostor listens on a socket as another user, serves it as an owner would, and returns the bytes
// that a client sends.
func impostor(t *testing.T, socket string) <-chan []byte {
	t.Helper()
	var l net.Listener
	asNobody(t, func() (err error) {
		if l, err = net.Listen("unix", socket); err == nil {
			err = os.Chmod(socket, 0o666)
		}
		return err
	})
	t.Cleanup(func() { l.Close() })
	got := make(chan []byte, 10)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(conn, greeting)
			conn.SetReadDeadline(time.Now().Add(time.Second))
			data, _ := io.ReadAll(conn)
			conn.Close()
			got <- data
		}
	}()
	return got
}

// shared returns a folder to which all users can write.
func shared(t *testing.T, mode os.FileMode) string {
	t.Helper()
	dir := folder(t)
	noError(t, os.Chmod(dir, mode))
	return dir
}

// TestForeignSocket checks that a socket that another user has put beside a store gets nothing: in a
// folder like /tmp it is refused, and where others could replace a file it is not used at all.
func TestForeignSocket(t *testing.T) {
	for _, tt := range []struct {
		name string
		mode os.FileMode
		want string // part of the error; "" if the store is opened without the socket
	}{
		{"sticky", 0o777 | os.ModeSticky, "belongs to another user"},
		{"writable by all", 0o777, ""},
		{"writable by the group", 0o775, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("XDG_RUNTIME_DIR", folder(t))
			dir := shared(t, 0o777)
			path := filepath.Join(dir, "flows.db")
			got := impostor(t, path+".sock")
			noError(t, os.Chmod(dir, tt.mode))
			st, err := Open(t.Context(), path, store.Options{Create: true})
			if err == nil {
				defer st.Close()
				_, err = st.Append(t.Context(), sample("/secret"))
			}
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("open: %v", err)
			case tt.want != "" && (!errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), tt.want) ||
				!strings.Contains(err.Error(), path+".sock")):
				t.Errorf("open: %v, want an error that names the socket and %q", err, tt.want)
			}
			select {
			case data := <-got:
				t.Errorf("another user received %q", data)
			default:
			}
		})
	}
}

// TestForeignPeer checks that a client sends nothing to a process of another user, even if the file
// of the socket belongs to this one.
func TestForeignPeer(t *testing.T) {
	dir := shared(t, 0o777)
	path := filepath.Join(dir, "flows.db")
	got := impostor(t, path+".sock")
	for name, err := range map[string]error{
		"owner": os.Chown(path+".sock", os.Getuid(), -1), "mode": os.Chmod(path+".sock", 0o600), "folder": os.Chmod(dir, 0o700),
	} {
		if err != nil {
			t.Fatal(name, err)
		}
	}
	if _, err := Dial(t.Context(), path); !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), "65534") {
		t.Errorf("dial: %v, want ErrForeign with the user ID", err)
	}
	if data := <-got; len(data) > 0 {
		t.Errorf("another user received %q", data)
	}
}

// TestForeignClient checks that a server sends nothing to a process of another user.
func TestForeignClient(t *testing.T) {
	dir := shared(t, 0o755)
	path := filepath.Join(dir, "flows.db")
	served(t, path)
	noError(t, os.Chmod(path+".sock", 0o666))
	var conn net.Conn
	asNobody(t, func() (err error) {
		conn, err = net.Dial("unix", path+".sock")
		return err
	})
	defer conn.Close()
	var b bytes.Buffer
	w := newWire(struct {
		io.Reader
		io.Writer
	}{conn, &b})
	w.w.WriteString(greeting)
	w.json(frameRequest, request{Op: opSecret})
	conn.Write(b.Bytes()) // may fail: the server has closed the connection
	conn.SetReadDeadline(time.Now().Add(time.Minute))
	if data, err := io.ReadAll(conn); len(data) > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("another user received %q, %v", data, err)
	}
}

// TestExposedSocket checks that a client refuses a socket that others can connect to, and a file
// that is no socket.
func TestExposedSocket(t *testing.T) {
	path := filepath.Join(folder(t), "flows.db")
	served(t, path)
	noError(t, os.Chmod(path+".sock", 0o606))
	if _, err := Dial(t.Context(), path); !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), "mode 0606") {
		t.Errorf("a socket with mode 0606: %v", err)
	}
	link := filepath.Join(folder(t), "flows.db")
	noError(t, os.Symlink(path+".sock", link+".sock"))
	if _, err := Dial(t.Context(), link); !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), "not a socket") {
		t.Errorf("a symbolic link: %v", err)
	}
}

// TestSharedFolderIsServed checks that a store in a folder to which others can write is served from
// a private folder.
func TestSharedFolderIsServed(t *testing.T) {
	run := folder(t)
	t.Setenv("XDG_RUNTIME_DIR", run)
	path := filepath.Join(shared(t, 0o777), "flows.db")
	_, c := served(t, path)
	if !strings.HasPrefix(c.socket, run) {
		t.Errorf("the socket is %s, want one in %s", c.socket, run)
	}
	must(c.Append(t.Context(), sample("/")))
}
