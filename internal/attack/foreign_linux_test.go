package attack

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// nobody is another user of the machine.
const nobody = 65534

// impostorEnv makes this test program listen on a socket and print what it receives.
const impostorEnv = "SPECTAP_ATTACK_IMPOSTOR"

// replayEnv makes this test program send its input to a socket and print what comes back.
const replayEnv = "SPECTAP_ATTACK_REPLAY"

func init() {
	if path := os.Getenv(impostorEnv); path != "" {
		os.Exit(impersonate(path))
	}
	if path := os.Getenv(replayEnv); path != "" {
		os.Exit(replay(path))
	}
}

// replay sends its input to a socket and prints what comes back.
func replay(path string) int {
	c, err := net.Dial("unix", path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	c.SetDeadline(time.Now().Add(deadline / 4))
	io.Copy(c, os.Stdin) // may fail: the server may have closed the connection
	io.Copy(os.Stdout, c)
	return 0
}

// recordClient runs a command of the owner, and returns what it sends to the socket of the store.
func (a *attack) recordClient(db string, args ...string) []byte {
	a.Helper()
	socket, moved := db+".sock", db+".moved"
	must.Do(a, os.Rename(socket, moved))
	l := must.Get(net.Listen("unix", socket))
	a.chmod(socket, 0o600)
	var mu sync.Mutex
	var sent bytes.Buffer
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("unix", moved)
			if err != nil {
				client.Close()
				continue
			}
			go func() {
				io.Copy(client, server)
				client.Close()
			}()
			go func() {
				buf := make([]byte, 1<<16)
				for {
					n, err := client.Read(buf)
					mu.Lock()
					sent.Write(buf[:n])
					mu.Unlock()
					if _, werr := server.Write(buf[:n]); err != nil || werr != nil {
						server.Close()
						return
					}
				}
			}()
		}
	}()
	out := a.must(append(args, "--db", db)...)
	l.Close()
	must.Do(a, os.Rename(moved, socket))
	mu.Lock()
	defer mu.Unlock()
	if sent.Len() == 0 {
		a.Fatalf("the owner's command sent nothing: %s", out)
	}
	return bytes.Clone(sent.Bytes())
}

// impersonate answers on a socket as the owner of a store does, and prints what it gets.
func impersonate(path string) int {
	l, err := net.Listen("unix", path)
	if err == nil {
		err = os.Chmod(path, 0o777)
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("listening")
	for {
		c, err := l.Accept()
		if err != nil {
			return 1
		}
		io.Copy(os.Stdout, io.TeeReader(c, c)) // an echo: the greeting is the same on both sides
		c.Close()
	}
}

// asNobody returns a command of another user, who can read and run the program.
func (a *attack) asNobody(program string, env []string, args ...string) *exec.Cmd {
	a.Helper()
	if os.Geteuid() != 0 {
		a.Skip("only root can become another user")
	}
	dir := must.Get(os.MkdirTemp("", "attack-nobody"))
	a.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "program")
	// Written here, it could be open in a process that another attack starts meanwhile, and not be started.
	if err := errors.Join(exec.Command("cp", program, path).Run(), os.Chmod(path, 0o755), os.Chmod(dir, 0o755)); err != nil {
		a.Fatal(err)
	}
	home := filepath.Join(dir, "home")
	must.Do(a, errors.Join(os.Mkdir(home, 0o700), os.Chown(home, nobody, nobody)))
	cmd := exec.CommandContext(a.Context(), path, args...)
	cmd.Dir, cmd.Env = home, append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home}, env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	return cmd
}

// openFolder returns a folder that other users can reach. Those of [testing.T.TempDir] are private.
func (a *attack) openFolder(mode os.FileMode) string {
	a.Helper()
	dir := must.Get(os.MkdirTemp("", "attack-open"))
	a.Cleanup(func() { os.RemoveAll(dir) })
	a.chmod(dir, mode)
	return dir
}

// Another user of the machine reads nothing over the control socket, and receives nothing
// (threat 10).
func TestOtherUsers(t *testing.T) {
	const planted = "plantedForOtherUsers"
	// Somebody opened the folder and the socket to all.
	opened := func(a *attack) (db string) {
		a.dir = a.openFolder(0o755)
		db = a.capture(exchange{url: "https://api.example/" + planted})
		_, at := a.proxy(nil, "--db", db, "--ca-dir", filepath.Join(a.dir, "ca"), "--listen", "127.0.0.1:0")
		if at == "" {
			a.Fatal("no proxy")
		}
		a.chmod(db+".sock", 0o777)
		return db
	}
	for _, args := range [][]string{
		{"flows", "ls"}, {"flows", "export"}, {"flows", "show", "1"}, {"export"}, {"import", "IMPORT"},
	} {
		if args[0] != "import" {
			try(t, "bytes/"+strings.Join(args, " "), "sends what the owner's command sent, from another user's process", "nothing comes back", func(a *attack) {
				db := opened(a)
				a.chmod(db+".sock", 0o600)
				sent := a.recordClient(db, args...)
				a.chmod(db+".sock", 0o777)
				own := must.Get(os.Executable())
				cmd := a.asNobody(own, []string{replayEnv + "=" + db + ".sock"})
				var out, errs bytes.Buffer
				cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(sent), &out, &errs
				if err := cmd.Run(); err != nil {
					a.Fatalf("%v: %s", err, errs.String())
				}
				if out.Len() > 0 {
					a.breach("another user received %d bytes: %.300q", out.Len(), out.String())
				}
			})
		}
		try(t, "client/"+strings.Join(args, " "), "runs a command on a store that another user's proxy has open, with an open socket",
			"nothing is shown and nothing changed", func(a *attack) {
				db := opened(a)
				archive := a.file("evil.har", har(exchange{url: "https://api.example/evil"}))
				a.chmod(archive, 0o644)
				for i := range args {
					args[i] = strings.Replace(args[i], "IMPORT", archive, 1)
				}
				cmd := a.asNobody(binary, nil, append(args, "--db", db)...)
				out, err := cmd.CombinedOutput()
				a.Logf("it says %s", out)
				if err == nil {
					a.breach("it succeeds: %s", out)
				}
				a.excluding("the output", string(out), planted)
				a.chmod(db+".sock", 0o600) // its owner does not use it otherwise
				listing := a.spectap("flows", "ls", "--db", db).stdout
				a.including("the capture", listing, planted)
				a.excluding("the capture", listing, "/evil")
			})
	}
	for _, c := range []struct {
		name string
		mode os.FileMode
		args []string
	}{
		{"import", 0o777 | os.ModeSticky, []string{"import", "HAR"}}, {"listing", 0o777 | os.ModeSticky, []string{"flows", "ls"}}, {"export", 0o777 | os.ModeSticky, []string{"export"}},
		{"import, open folder", 0o777, []string{"import", "HAR"}}, {"proxy", 0o777 | os.ModeSticky, []string{"run", "--", "true"}},
		{"agent", 0o777 | os.ModeSticky, []string{"mcp"}},
	} {
		try(t, "server/"+c.name, "puts a socket beside the store of another user in a shared folder", "no command sends anything there", func(a *attack) {
			shared := a.openFolder(c.mode)
			db := filepath.Join(shared, "flows.db")
			own := must.Get(os.Executable())
			cmd := a.asNobody(own, []string{impostorEnv + "=" + db + ".sock"})
			var got bytes.Buffer
			out := must.Get(cmd.StdoutPipe())
			must.Do(a, cmd.Start())
			in := bufio.NewReader(out)
			if line, err := in.ReadString('\n'); line != "listening\n" {
				a.Fatalf("the impostor says %q, %v", line, err)
			}
			args := append([]string{}, c.args...)
			for i := range args {
				args[i] = strings.Replace(args[i], "HAR", a.file("own.har", har(exchange{url: "https://api.example/" + planted})), 1)
			}
			args = append(args[:1:1], append([]string{"--db", db}, args[1:]...)...)
			a.spectap(args...)
			cmd.Process.Kill()
			io.Copy(&got, in)
			cmd.Wait()
			a.excluding("what the other user received", got.String(), planted)
			if got.Len() > 0 {
				a.breach("the other user received %q", got.String())
			}
		})
	}
}

func (a *attack) chmod(path string, mode os.FileMode) {
	a.Helper()
	must.Do(a, os.Chmod(path, mode))
}
