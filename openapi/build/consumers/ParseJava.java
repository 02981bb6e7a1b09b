import java.nio.file.*;
import java.util.*;
import javax.tools.*;
import com.sun.source.util.JavacTask;

/** Parses the Java files below a folder, without resolving names, and prints their syntax errors. */
class ParseJava {
    public static void main(String[] args) throws Exception {
        List<Path> files;
        try (var all = Files.walk(Path.of(args[0]))) {
            files = all.filter(p -> p.toString().endsWith(".java")).toList();
        }
        var errors = new DiagnosticCollector<JavaFileObject>();
        var compiler = ToolProvider.getSystemJavaCompiler();
        var manager = compiler.getStandardFileManager(errors, null, null);
        var task = (JavacTask) compiler.getTask(null, manager, errors, List.of("-proc:none"), null, manager.getJavaFileObjectsFromPaths(files));
        task.parse();
        errors.getDiagnostics().forEach(System.out::println);
        System.out.println(files.size() + " files parsed");
        System.exit(files.isEmpty() || !errors.getDiagnostics().isEmpty() ? 1 : 0);
    }
}
