# fish completion for nsinspect

set -l commands task ns pid mounts diff limits why monitor record

# Names of ip netns, and TYPE:INUM of all.
function __nsinspect_ns
    for name in /run/netns/*
        string replace '/run/netns/' '' $name
    end
    nsinspect --list --raw --noheadings -o TYPE,NS 2>/dev/null | string replace ' ' ':'
end

function __nsinspect_pids
    string match --regex '^[0-9]+$' (command ls /proc)
end

# The columns of what was asked for, behind those that are there already.
function __nsinspect_columns
    set -l of
    if __fish_seen_subcommand_from limits
        set of limits
    else if string match --quiet -- --sets (commandline -opc)
        set of --sets
    end
    __nsinspect_list (nsinspect $of -H 2>/dev/null | string replace --regex '^ *(\S+).*' '$1')
end

# A list with commas.
function __nsinspect_list
    set -l before (string match --regex '^(?:-[a-zA-Z]|--[a-z-]+=)?(.*[,+])' -- (commandline -ct))[2]
    printf '%s\n' "$before"$argv
end

complete -c nsinspect -f
complete -c nsinspect -n "not __fish_seen_subcommand_from $commands" -a "$commands"
complete -c nsinspect -n "not __fish_seen_subcommand_from $commands" -a '(__nsinspect_ns)'
complete -c nsinspect -n '__fish_seen_subcommand_from task pid' -a '(__nsinspect_pids)'
complete -c nsinspect -n '__fish_seen_subcommand_from ns why monitor' -a '(__nsinspect_ns)' -F
complete -c nsinspect -n '__fish_seen_subcommand_from mounts diff' -F

complete -c nsinspect -s t -l type -x -a '(__nsinspect_list cgroup ipc mnt net pid time user uts)' -d 'only these types'
complete -c nsinspect -s p -l task -x -a '(__nsinspect_pids)' -d 'only what this task is in'
complete -c nsinspect -s P -l persistent -d 'only namespaces without tasks'
complete -c nsinspect -l sets -d 'distinct sets of namespaces'
complete -c nsinspect -l threads -d 'every thread'
complete -c nsinspect -l in -x -a '(__nsinspect_ns)' -d 'pid namespace of the number'
complete -c nsinspect -l sharers -d 'who shares the nsproxy'
complete -c nsinspect -l exit-code -d 'status 6 if the pictures differ'
complete -c nsinspect -s a -l all -d 'every event'
complete -c nsinspect -s e -l event -x -a '(__nsinspect_list switch fork create free exec exit)' -d 'only these kinds of event'
complete -c nsinspect -l buffer -x -d 'ring buffer of each CPU in KiB'
complete -c nsinspect -s l -l list -d 'no tree'
complete -c nsinspect -s T -l tree -f -a 'process owner parent' -d 'a tree'
complete -c nsinspect -s J -l json -d JSON
complete -c nsinspect -l dot -d 'a graph for graphviz'
complete -c nsinspect -s o -l output -x -n 'not __fish_seen_subcommand_from record' -a '(__nsinspect_columns)' -d columns
complete -c nsinspect -s o -l output -r -F -n '__fish_seen_subcommand_from record' -d 'the file'
complete -c nsinspect -l output-all -d 'all columns'
complete -c nsinspect -s Q -l filter -x -d 'lines for which this is true'
complete -c nsinspect -s H -l list-columns -d 'list the columns'
complete -c nsinspect -s n -l noheadings -d 'no heading'
complete -c nsinspect -s r -l raw -d 'no alignment'
complete -c nsinspect -s u -l notruncate -d 'never cut short'
complete -c nsinspect -s W -l nowrap -d 'each value on one line'
complete -c nsinspect -l kthreads -d 'every kernel thread'
complete -c nsinspect -l no-fold -d 'every task on a line of its own'
complete -c nsinspect -l stats -d 'sums at the end'
complete -c nsinspect -s q -l quiet -d 'only the sums'
complete -c nsinspect -l color -f -a 'auto always never' -d colours
complete -c nsinspect -l ascii -d 'only ASCII characters'
complete -c nsinspect -l save -r -F -d 'keep the picture'
complete -c nsinspect -l from -r -F -d 'a saved picture or a recording'
complete -c nsinspect -l at -x -a end -d 'moment of a recording'
complete -c nsinspect -s V -l version -d 'print the version'
complete -c nsinspect -s h -l help -d 'print a help'
