package netns

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// callerFile is the file descriptor of the connection to the caller.
const callerFile = 3

// Inside is the helper. words are the arguments that Start appends to [Config.Helper]. It returns
// when the command has ended, and reports errors to the caller.
func Inside(words []string) error {
	runtime.LockOSThread() // the kernel kills the command when the thread ends that started it
	unix.CloseOnExec(callerFile)
	conn, err := packetConn(os.NewFile(callerFile, "caller"))
	if err != nil || len(words) < 2 {
		return errors.New("this command is a part of another one")
	}
	m, _, err := receive(conn)
	if err != nil || m.Setup == nil {
		return errors.New("the caller has ended")
	}
	// The terminal sends signals to the command as well, and the caller says which others to pass.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT)
	if err := prepare(conn, m.Setup); err != nil {
		return tell(conn, err)
	}
	cmd, err := startCommand(m.Setup, words)
	if err != nil {
		var n syscall.Errno
		errors.As(err, &n)
		return send(conn, message{Errno: int(n)})
	}
	var ended atomic.Bool
	send(conn, message{Started: true}) // obey notices if the caller has ended
	go obey(conn, cmd.Pid, &ended)
	status := reap(cmd.Pid)
	ended.Store(true)
	killRest() // before the caller goes on, since it no longer serves them
	return send(conn, message{Ended: true, Status: status})
}

// tell sends an error to the caller.
func tell(conn *net.UnixConn, err error) error {
	m := message{Error: err.Error()}
	if n, ok := errors.AsType[syscall.Errno](err); ok {
		m.Errno = int(n)
		m.Error = strings.TrimSuffix(m.Error, ": "+n.Error()) // the caller appends it
	}
	return send(conn, m)
}

// prepare sets up the network and the files, and sends the sockets of the listeners to the caller.
func prepare(conn *net.UnixConn, s *setup) error {
	if err := connectAll(s); err != nil {
		return err
	}
	files, port, err := listen()
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	if err != nil {
		return fmt.Errorf("listen inside: %w", err)
	}
	if err := redirect(port); err != nil {
		return err
	}
	if err := cover(s.Covers); err != nil {
		return err
	}
	return send(conn, message{Ready: true}, files...)
}

// cover mounts files over others. The mounts are invisible outside.
func cover(covers []Cover) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_SLAVE, ""); err != nil {
		return fmt.Errorf("keep mounts inside: %w", err)
	}
	for _, c := range covers {
		for _, over := range c.Over {
			if info, err := os.Stat(over); err != nil || !info.Mode().IsRegular() {
				continue
			}
			if err := unix.Mount(c.File, over, "", unix.MS_BIND, ""); err != nil {
				return fmt.Errorf("cover %s: %w", over, err)
			}
		}
	}
	return nil
}

// startCommand starts the command without the capabilities of the helper. Its orphans become
// children of this process.
func startCommand(s *setup, words []string) (*os.Process, error) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("collect orphans: %w", err)
	}
	if s.Ambient {
		if err := passNone(); err != nil {
			return nil, fmt.Errorf("drop capabilities: %w", err)
		}
	}
	return os.StartProcess(words[0], words[1:], &os.ProcAttr{
		Env: os.Environ(), Files: []*os.File{os.NewFile(0, "stdin"), os.NewFile(1, "stdout"), os.NewFile(2, "stderr")},
		Sys: &syscall.SysProcAttr{Pdeathsig: unix.SIGKILL},
	})
}

// passNone keeps programs that this thread starts from getting capabilities. The thread keeps its
// own.
func passNone() error {
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&head, &data[0]); err != nil {
		return err
	}
	data[0].Inheritable, data[1].Inheritable = 0, 0 // and with them the ambient ones
	return unix.Capset(&head, &data[0])
}

// obey handles the requests of the caller, and kills the command when the caller has ended.
func obey(conn *net.UnixConn, pid int, ended *atomic.Bool) {
	for {
		m, _, err := receive(conn)
		switch {
		case err != nil:
			unix.Kill(pid, unix.SIGKILL)
			return
		case m.Signal != 0 && !ended.Load():
			unix.Kill(pid, syscall.Signal(m.Signal))
		case m.Socket != 0:
			var files []*os.File
			if f := openMarked(m.Socket); f != nil {
				files = append(files, f)
			}
			send(conn, message{Opened: true}, files...)
			for _, f := range files {
				f.Close()
			}
		}
	}
}

// reap collects children until the command has ended, and returns its status.
func reap(pid int) int {
	for {
		var ws unix.WaitStatus
		k, err := unix.Wait4(-1, &ws, 0, nil)
		switch {
		case errors.Is(err, unix.EINTR), k > 0 && k != pid:
			continue
		case err != nil:
			return 1 // not reached: the command is a child
		case ws.Signaled():
			return 128 + int(ws.Signal())
		}
		return ws.ExitStatus()
	}
}

// killRest kills all children until none is left. The children of a killed process become children
// of this one.
func killRest() {
	for {
		for _, pid := range children() {
			unix.Kill(pid, unix.SIGKILL)
		}
		if _, err := unix.Wait4(-1, nil, 0, nil); err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
	}
}

// children returns the children of this process.
func children() (pids []int) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		data, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		text := string(data)
		after := strings.Fields(text[strings.LastIndexByte(text, ')')+1:]) // the name may have anything
		if len(after) < 2 || after[1] != strconv.Itoa(os.Getpid()) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}
