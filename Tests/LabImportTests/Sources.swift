/// Folders as the formats have them, with everything that occurs in the wild.
enum Sources {
    /// A scenario of Killercoda.
    static let killercoda = [
        "index.json": #"""
        {
          "title": "Count what is there 👋",
          "description": "Learn to count lines",
          "difficulty": "Beginner",
          "time": "10-15 minutes",
          "details": {
            "intro": {
              "title": "Welcome", "text": "intro/text.md",
              "background": "intro/background.sh", "foreground": "intro/foreground.sh"
            },
            "steps": [
              {"text": "look.md"},
              {"title": "Count", "text": "step1/text.md", "verify": "step1/verify.sh", "background": "step1/setup.sh"},
              {
                "title": "Count again", "text": "step2/text.md", "verify": "step2/verify.sh",
                "foreground": "step2/foreground.sh", "answer": "step2/answer.md", "extra": {"deep": [1, true, null]}
              },
              {"title": "Count", "text": "gone.md", "verify": "../outside.sh"}
            ],
            "finish": {"text": "finish.md", "background": "finish/background.sh"},
            "assets": {
              "host01": [
                {"file": "*.txt", "target": "~/", "chmod": "0600"},
                {"file": "conf/**", "target": "/etc/app"},
                {"file": "tool", "target": "/usr/local/bin/", "chmod": "+x"},
                {"file": "gone.sh", "target": "/x"},
                {"file": "odd mode", "target": "/x", "chmod": "rm -rf /"}
              ],
              "host02": [{"file": "tool", "target": "/root"}]
            }
          },
          "environment": {"uilayout": "terminal", "showdashboard": true, "dashboards": [{"name": "A", "port": 80}]},
          "files": [],
          "backend": {"imageid": "kubernetes-kubeadm-1node"},
          "interface": {"layout": "editor-terminal"}
        }
        """#,
        "intro/text.md": "Welcome.\n\n**Read** this && that.\n",
        "intro/background.sh": "apt-get install -y jq\n",
        "intro/foreground.sh": "clear\n",
        "look.md": "Use `ls`{{exec}}.\n",
        "step1/text.md": "\nHow many lines has `a.txt`?\n\n```plain\nwc -l a.txt\n```{{exec}}\n",
        "step1/verify.sh": "[ \"$(cat /root/n)\" = 2 ]",
        "step1/setup.sh": "#!/bin/sh\necho ready\n",
        "step2/text.md": "# Count again\r\n\r\nNow `b.txt`.\r\n",
        "step2/verify.sh": "#!/usr/bin/env python3\nimport sys\nsys.exit(7)\n",
        "step2/foreground.sh": "cd /root\n",
        "step2/answer.md": "`wc -l b.txt`\n",
        "finish.md": "Well done.\n",
        "finish/background.sh": "true\n",
        "assets/a.txt": "a\nb\n",
        "assets/b.txt": "",
        "assets/conf/one.conf": "one = 1\n",
        "assets/conf/deep/two.conf": "two = '2'\n",
        "assets/tool": "#!/bin/sh\necho tool\n",
        "assets/odd mode": "x\n",
        "README.md": "For people who look at the repository.\n",
        ".cypress/spec.js": "it('works')\n",
    ]

    /// A track of Instruqt.
    static let instruqt = [
        "track.yml": """
        slug: first-services
        id: abcdefghijkl
        type: track
        title: First services [Admin 101]
        teaser: Start and stop what runs in the background.
        description: |-
          # What you learn

          * `systemctl` & *its* words
        icon: https://example.com/icon.png
        level: beginner
        tags:
        - linux
        - System Services
        - linux
        owner: somebody
        developers:
        - somebody@example.com
        private: false
        published: true
        timelimit: 3601
        lab_config:
          theme:
            name: modern-dark
        checksum: "123"

        """,
        "config.yml": """
        version: "3"
        virtualmachines:
        - name: web
          image: rhel-9
          machine_type: n1-standard-1
          shell: /bin/bash
          environment: {TERM: xterm}
        - name: Admin_Box
          image: rhel-9
        containers: null
        gcp_projects:
        - name: cloud
          services: [compute]
        secrets:
        - name: TOKEN

        """,
        "track_scripts/setup-Admin_Box":
            "#!/bin/bash\nuntil [ -f /opt/instruqt/bootstrap/host-bootstrap-completed ]; do sleep 1; done\necho \"${_SANDBOX_ID}\"\n",
        "track_scripts/cleanup-Admin_Box": "#!/bin/sh\n",
        "track_scripts/setup-web": "#!/bin/sh\n",
        "1-welcome/assignment.md":
            "---\nslug: welcome\nid: aa\ntype: challenge\ntitle: Welcome\nteaser: Hello.\n---\nRead this.\n",
        "1-welcome/setup-Admin_Box": "#!/bin/bash\nset-workdir /root\nagent variable set COLOUR blue\n",
        "2-start/assignment.md": """
        ---
        slug: start
        type: challenge
        title: Start it
        notes:
        - type: text
          contents: Wait.
        tabs:
        - title: Terminal
          type: terminal
          hostname: Admin_Box
        difficulty: basic
        timelimit: 600
        ---
        Start the service.

        ```run
        systemctl start app
        ```

        """,
        "2-start/setup-Admin_Box": "#!/bin/sh\ntrue\n",
        "2-start/check-Admin_Box":
            "#!/bin/bash\n[ -e /nowhere ] || fail-message \"The service does not run\"\nexit 0\n",
        "2-start/check-web": "#!/bin/sh\n",
        "2-start/solve-Admin_Box": "#!/bin/sh\nsystemctl start app\n",
        "2-start/cleanup-Admin_Box": "#!/bin/sh\n",
        "10-stop/assignment.md": "---\nslug: stop\ntype: challenge\ntitle: Stop it\n---\nStop it.\n",
        "10-stop/setup-Admin_Box": "#!/bin/sh\necho later\n",
        "10-stop/check-Admin_Box": "#!/bin/sh\nset -e\n[ \"$(agent variable get COLOUR)\" = blue ]\n",
        "3-quiz/assignment.md": """
        ---
        slug: quiz
        type: quiz
        title: A question
        answers:
        - "Yes"
        - "No"
        solution:
        - 1
        ---
        Is it so?

        """,
        "assets/picture.png": "\u{89}PNG",
        "assets/lib.sh": "true\n",
    ]

    /// A track of Instruqt as they were before assignments had files of their own.
    static let oldInstruqt = [
        "track.yml": """
        type: track
        slug: old
        title: Old
        challenges:
        - slug: one
          type: challenge
          title: One
          assignment: |
            Make /root/one.
          notes: [{type: text, contents: Wait.}]
          timelimit: 300
        - slug: two
          type: quiz
          title: Two
          assignment: Which?

        """,
        "one/setup-shell": "#!/bin/sh\n",
        "one/check-shell": "#!/bin/sh\ntest -e /root/one\n",
        "one/solve-shell": "#!/bin/sh\ntouch /root/one\n",
    ]

    /// A scenario of SadServers with a check of its own.
    static let sadServers = [
        "README.md": """
        # "Lisboa": who fills the disk?

        ## Description

        A program writes to <i>/var/log/full.log</i>. Stop it.

        ## Test

        The button runs <i>/home/admin/agent/check.sh</i>.

        ## Clues

        <b>1.</b> Who has the file open?<br>

        <b>2.</b> <kbd>lsof</kbd> tells.

        ## Hint 3

        It has a number. Look for the
        solution in the log.

        <b>Solution</b>

        Kill that.

        ## Solution

        Kill it.

        ## Answers

        Kill it now.

        ```bash
        #!/bin/bash
        echo OK or NO, as it stands in the text
        ```

        """,
        "files/check.sh": "#!/bin/bash\nif [ -e /home/admin/done ]; then echo -n \"OK\"; else echo -n \"NO\"; fi\n",
        "setup.sh": "#!/bin/sh\ntrue\n",
        "ansible/playbook.yml": "- hosts: all\n",
        "files/writer.py": "while True: pass\n",
    ]

    /// The same with the check in its text.
    static let sadServersText = [
        "README.md": """
        # Oslo: no answer

        ## Description

        ```
        $ curl localhost
        ```

        **check.sh**

        ```bash
        #!/bin/bash
        res=$(curl -s localhost)
        if [[ $res = "hi" ]]; then echo -n "OK"; else echo -n "NO"; fi
        ```

        """
    ]

    /// All of them, by what they are called.
    static let all = [
        "killercoda": killercoda, "instruqt": instruqt, "old-instruqt": oldInstruqt, "sad": sadServers,
        "sad-text": sadServersText,
    ]
}
