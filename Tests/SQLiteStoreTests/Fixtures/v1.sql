PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO grdb_migrations VALUES('v1');
CREATE TABLE session (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 10 AND id NOT GLOB '*[^a-z2-7]*'),
    person TEXT NOT NULL CHECK (length(person) > 0),
    lab TEXT NOT NULL CHECK (length(lab) BETWEEN 1 AND 64),
    labVersion INTEGER NOT NULL CHECK (labVersion >= 1),
    policy TEXT NOT NULL CHECK (length(policy) BETWEEN 1 AND 64),
    policyJSON TEXT NOT NULL,
    timeJSON TEXT NOT NULL CHECK (json_type(timeJSON) = 'object'),
    createdAt INTEGER NOT NULL,
    isolationOverride TEXT,
    acceleration TEXT CHECK (acceleration IN ('kvm', 'tcg')),
    generation INTEGER NOT NULL CHECK (generation >= 0),
    state TEXT NOT NULL CHECK (state IN (
        'requested', 'preparing', 'ready', 'running', 'paused', 'finishing', 'ended', 'tornDown'
    )),
    queued INTEGER CHECK (queued IN (0, 1)),
    enterBy INTEGER,
    deadline INTEGER,
    idleBy INTEGER,
    remainingMs INTEGER CHECK (remainingMs >= 0),
    extendedMs INTEGER CHECK (extendedMs >= 0),
    warnedJSON TEXT CHECK (json_type(warnedJSON) = 'array'),
    keepUntil INTEGER,
    endReason TEXT CHECK (length(endReason) > 0),
    -- The frozen policy is the one it is listed under.
    CHECK (json_extract(policyJSON, '$.id') IS policy),
    -- A state carries exactly what is valid in it.
    CHECK ((queued IS NOT NULL) = (state = 'requested')),
    CHECK ((enterBy IS NOT NULL) = (state = 'ready')),
    CHECK ((deadline IS NOT NULL) = (state = 'running')),
    CHECK (idleBy IS NULL OR state = 'running'),
    CHECK ((remainingMs IS NOT NULL) = (state = 'paused')),
    CHECK ((keepUntil IS NOT NULL) = (state = 'paused')),
    CHECK ((extendedMs IS NOT NULL) = (state IN ('running', 'paused'))),
    CHECK ((warnedJSON IS NOT NULL) = (state IN ('running', 'paused'))),
    CHECK ((endReason IS NOT NULL) = (state IN ('finishing', 'ended', 'tornDown')))
) STRICT;
INSERT INTO session VALUES('fixtureaaa','uid:1000','first-steps',1,'practice','{"concurrency":{"host":10,"perPerson":2},"id":"practice","isolation":"hardware","keep":{"disk":true},"network":"none","resources":{"cpuPercent":150,"disk":8589934592,"memory":536870912,"readIOPS":500,"readRate":52428800,"vcpus":2},"time":{"enter":[48,15556284461941522432],"extendMax":[97,10665824850173493248],"extendStep":[48,14556284461941522432],"idle":[32,9704189641294348288],"limit":[195,2884905626637434880],"ready":[9,14479303336614035456],"warn":[[32,9704189641294348288],[3,4659767778871345152]]},"title":{"en":"Practice","fr":"Entraînement"}}','{"enter":[48,15556284461941522432],"extendMax":[97,10665824850173493248],"extendStep":[48,14556284461941522432],"idle":[32,9704189641294348288],"limit":[195,2884905626637434880],"ready":[9,14479303336614035456],"warn":[[32,9704189641294348288],[3,4659767778871345152]]}',1700000000000,NULL,NULL,0,'requested',1,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO session VALUES('fixtureaab','uid:1001','first-steps',2,'practice','{"concurrency":{"host":10,"perPerson":2},"id":"practice","isolation":"hardware","keep":{"disk":true},"network":"none","resources":{"cpuPercent":150,"disk":8589934592,"memory":536870912,"readIOPS":500,"readRate":52428800,"vcpus":2},"time":{"enter":[48,15556284461941522432],"extendMax":[97,10665824850173493248],"extendStep":[48,14556284461941522432],"idle":[32,9704189641294348288],"limit":[195,2884905626637434880],"ready":[9,14479303336614035456],"warn":[[32,9704189641294348288],[3,4659767778871345152]]},"title":{"en":"Practice","fr":"Entraînement"}}','{"enter":[48,15556284461941522432],"extendMax":[97,10665824850173493248],"extendStep":[48,14556284461941522432],"idle":[32,9704189641294348288],"limit":[195,2884905626637434880],"ready":[9,14479303336614035456],"warn":[[32,9704189641294348288],[3,4659767778871345152]]}',1700000000001,NULL,'kvm',1,'preparing',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO session VALUES('fixtureaac','uid:1000','first-steps',3,'practice','{"concurrency":{"host":10,"perPerson":2},"id":"practice","isolation":"hardware","keep":{"disk":true},"network":"none","resources":{"cpuPercent":150,"disk":8589934592,"memory":536870912,"readIOPS":500,"readRate":52428800,"vcpus":2},"time":{"enter":[48,15556284461941522432],"extendMax":[97,10665824850173493248],"extendStep":[48,14556284461941522432],"idle":[32,9704189641294348288],"limit":[195,2884905626637434880],"ready":[9,14479303336614035456],"warn":[[32,9704189641294348288],[3,4659767778871345152]]},"title":{"en":"Practice","fr":"Entraînement"}}','{"enter":[48,15556284461941522432],"extendMax":[97,10665824850173493248],"extendStep":[48,14556284461941522432],"idle":[32,9704189641294348288],"limit":[195,2884905626637434880],"ready":[9,14479303336614035456],"warn":[[32,9704189641294348288],[3,4659767778871345152]]}',1700000000002,NULL,'tcg',4,'ready',NULL,900001,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO session VALUES('fixtureaad','uid:1001','first-steps',4,'practice','{"concurrency":{"host":10,"perPerson":2},"id":"practice","isolation":"hardware","keep":{"disk":true},"network":"none","resources":{"cpuPercent":150,"disk":8589934592,"memory":536870912,"readIOPS":500,"readRate":52428800,"vcpus":2},"time":{"enter":[48,15556284461941522432],"extendMax":[97,10665824850173493248],"extendStep":[48,14556284461941522432],"idle":[32,9704189641294348288],"limit":[195,2884905626637434880],"ready":[9,14479303336614035456],"warn":[[32,9704189641294348288],[3,4659767778871345152]]},"title":{"en":"Practice","fr":"Entraînement"}}','{"enter":[48,15556284461941522432],"extendMax":[97,10665824850173493248],"extendStep":[48,14556284461941522432],"idle":[32,9704189641294348288],"limit":[195,2884905626637434880],"ready":[9,14479303336614035456],"warn":[[32,9704189641294348288],[3,4659767778871345152]]}',1700000000003,NULL,NULL,9,'running',NULL,NULL,3600000,NULL,NULL,0,'[]',NULL,NULL);
INSERT INTO session VALUES('fixtureaae','uid:1000','first-steps',5,'practice','{"concurrency":{"host":10,"perPerson":2},"id":"practice","isolation":"hardware","keep":{"disk":true},"network":"none","resources":{"cpuPercent":150,"disk":8589934592,"memory":536870912,"readIOPS":500,"readRate":52428800,"vcpus":2},"time":{"enter":[48,15556284461941522432],"extendMax":[97,10665824850173493248],"extendStep":[48,14556284461941522432],"idle":[32,9704189641294348288],"limit":[195,2884905626637434880],"ready":[9,14479303336614035456],"warn":[[32,9704189641294348288],[3,4659767778871345152]]},"title":{"en":"Practice","fr":"Entraînement"}}','{"enter":[48,15556284461941522432],"extendMax":[97,10665824850173493248],"extendStep":[48,14556284461941522432],"idle":[32,9704189641294348288],"limit":[195,2884905626637434880],"ready":[9,14479303336614035456],"warn":[[32,9704189641294348288],[3,4659767778871345152]]}',1700000000004,'no KVM here – déjà vu','kvm',16,'running',NULL,NULL,4500000,600000,NULL,900000,'[600000,60000]',NULL,NULL);
INSERT INTO session VALUES('fixtureaaf','uid:1001','first-steps',6,'practice','{"concurrency":{"host":10,"perPerson":2},"id":"practice","isolation":"hardware","keep":{"disk":true},"network":"none","resources":{"cpuPercent":150,"disk":8589934592,"memory":536870912,"readIOPS":500,"readRate":52428800,"vcpus":2},"time":{"enter":[48,15556284461941522432],"extendMax":[97,10665824850173493248],"extendStep":[48,14556284461941522432],"idle":[32,9704189641294348288],"limit":[195,2884905626637434880],"ready":[9,14479303336614035456],"warn":[[32,9704189641294348288],[3,4659767778871345152]]},"title":{"en":"Practice","fr":"Entraînement"}}','{"enter":[48,15556284461941522432],"extendMax":[97,10665824850173493248],"extendStep":[48,14556284461941522432],"idle":[32,9704189641294348288],"limit":[195,2884905626637434880],"ready":[9,14479303336614035456],"warn":[[32,9704189641294348288],[3,4659767778871345152]]}',1700000000005,NULL,'tcg',25,'paused',NULL,NULL,NULL,NULL,1234567,0,'[600000]',86400000,NULL);
INSERT INTO session VALUES('fixtureaag','uid:1000','first-steps',7,'practice','{"concurrency":{"host":10,"perPerson":2},"id":"practice","isolation":"hardware","keep":{"disk":true},"network":"none","resources":{"cpuPercent":150,"disk":8589934592,"memory":536870912,"readIOPS":500,"readRate":52428800,"vcpus":2},"time":{"enter":[48,15556284461941522432],"extendMax":[97,10665824850173493248],"extendStep":[48,14556284461941522432],"idle":[32,9704189641294348288],"limit":[195,2884905626637434880],"ready":[9,14479303336614035456],"warn":[[32,9704189641294348288],[3,4659767778871345152]]},"title":{"en":"Practice","fr":"Entraînement"}}','{"enter":[48,15556284461941522432],"extendMax":[97,10665824850173493248],"extendStep":[48,14556284461941522432],"idle":[32,9704189641294348288],"limit":[195,2884905626637434880],"ready":[9,14479303336614035456],"warn":[[32,9704189641294348288],[3,4659767778871345152]]}',1700000000006,NULL,NULL,36,'finishing',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'submitted');
INSERT INTO session VALUES('fixtureaah','uid:1001','first-steps',8,'practice','{"concurrency":{"host":10,"perPerson":2},"id":"practice","isolation":"hardware","keep":{"disk":true},"network":"none","resources":{"cpuPercent":150,"disk":8589934592,"memory":536870912,"readIOPS":500,"readRate":52428800,"vcpus":2},"time":{"enter":[48,15556284461941522432],"extendMax":[97,10665824850173493248],"extendStep":[48,14556284461941522432],"idle":[32,9704189641294348288],"limit":[195,2884905626637434880],"ready":[9,14479303336614035456],"warn":[[32,9704189641294348288],[3,4659767778871345152]]},"title":{"en":"Practice","fr":"Entraînement"}}','{"enter":[48,15556284461941522432],"extendMax":[97,10665824850173493248],"extendStep":[48,14556284461941522432],"idle":[32,9704189641294348288],"limit":[195,2884905626637434880],"ready":[9,14479303336614035456],"warn":[[32,9704189641294348288],[3,4659767778871345152]]}',1700000000007,NULL,'kvm',49,'ended',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'guestCrashed');
INSERT INTO session VALUES('fixtureaai','uid:1000','first-steps',9,'practice','{"concurrency":{"host":10,"perPerson":2},"id":"practice","isolation":"hardware","keep":{"disk":true},"network":"none","resources":{"cpuPercent":150,"disk":8589934592,"memory":536870912,"readIOPS":500,"readRate":52428800,"vcpus":2},"time":{"enter":[48,15556284461941522432],"extendMax":[97,10665824850173493248],"extendStep":[48,14556284461941522432],"idle":[32,9704189641294348288],"limit":[195,2884905626637434880],"ready":[9,14479303336614035456],"warn":[[32,9704189641294348288],[3,4659767778871345152]]},"title":{"en":"Practice","fr":"Entraînement"}}','{"enter":[48,15556284461941522432],"extendMax":[97,10665824850173493248],"extendStep":[48,14556284461941522432],"idle":[32,9704189641294348288],"limit":[195,2884905626637434880],"ready":[9,14479303336614035456],"warn":[[32,9704189641294348288],[3,4659767778871345152]]}',1700000000008,NULL,'tcg',64,'tornDown',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'expired');
CREATE TABLE machine (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 36),
    session TEXT REFERENCES session (id),
    position INTEGER NOT NULL CHECK (position >= 0),
    name TEXT NOT NULL CHECK (length(name) > 0),
    specification TEXT NOT NULL CHECK (json_type(specification) = 'object'),
    memory INTEGER NOT NULL GENERATED ALWAYS AS (json_extract(specification, '$.memory')) STORED
        CHECK (memory > 0),
    disk INTEGER GENERATED ALWAYS AS (json_extract(specification, '$.disk')) STORED CHECK (disk > 0),
    userID INTEGER CHECK (userID BETWEEN 1 AND 4294967294),
    createdAt INTEGER NOT NULL
        DEFAULT (CAST(round((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER)),
    UNIQUE (session, position),
    UNIQUE (session, name)
) STRICT;
INSERT INTO machine VALUES('6f9619ff-8b86-4011-b42d-00c04fc96010','fixtureaab',0,'main','{"cpuPercent":150,"disk":8589934592,"image":"debian-13","memory":402653184,"network":"none","readIOPS":500,"readRate":52428800,"vcpus":2}',NULL,1700000000001);
INSERT INTO machine VALUES('6f9619ff-8b86-4011-b42d-00c04fc96020','fixtureaac',0,'main','{"cpuPercent":150,"disk":8589934592,"image":"debian-13","memory":402653184,"network":"none","readIOPS":500,"readRate":52428800,"vcpus":2}',NULL,1700000000001);
INSERT INTO machine VALUES('6f9619ff-8b86-4011-b42d-00c04fc96021','fixtureaac',1,'second','{"cpuPercent":150,"image":"debian-13","memory":402653184,"network":"none","readIOPS":500,"vcpus":2}',NULL,1700000000001);
INSERT INTO machine VALUES('6f9619ff-8b86-4011-b42d-00c04fc96040','fixtureaae',0,'main','{"cpuPercent":150,"disk":8589934592,"image":"debian-13","memory":402653184,"network":"none","readIOPS":500,"readRate":52428800,"vcpus":2}',70001,1700000000001);
INSERT INTO machine VALUES('6f9619ff-8b86-4011-b42d-00c04fc96050','fixtureaaf',0,'main','{"cpuPercent":150,"disk":8589934592,"image":"debian-13","memory":402653184,"network":"none","readIOPS":500,"readRate":52428800,"vcpus":2}',NULL,1700000000001);
INSERT INTO machine VALUES('6f9619ff-8b86-4011-b42d-00c04fc96051','fixtureaaf',1,'second','{"cpuPercent":150,"image":"debian-13","memory":402653184,"network":"none","readIOPS":500,"vcpus":2}',NULL,1700000000001);
INSERT INTO machine VALUES('6f9619ff-8b86-4011-b42d-00c04fc96070','fixtureaah',0,'main','{"cpuPercent":150,"disk":8589934592,"image":"debian-13","memory":402653184,"network":"none","readIOPS":500,"readRate":52428800,"vcpus":2}',NULL,1700000000001);
INSERT INTO machine VALUES('6f9619ff-8b86-4011-b42d-00c04fc96080','fixtureaai',0,'main','{"cpuPercent":150,"disk":8589934592,"image":"debian-13","memory":402653184,"network":"none","readIOPS":500,"readRate":52428800,"vcpus":2}',NULL,1700000000001);
INSERT INTO machine VALUES('6f9619ff-8b86-4011-b42d-00c04fc96081','fixtureaai',1,'second','{"cpuPercent":150,"image":"debian-13","memory":402653184,"network":"none","readIOPS":500,"vcpus":2}',NULL,1700000000001);
INSERT INTO machine VALUES('6f9619ff-8b86-4011-b42d-00c04fc96900',NULL,0,'spare','{"cpuPercent":150,"disk":8589934592,"image":"debian-13","memory":402653184,"network":"none","readIOPS":500,"readRate":52428800,"vcpus":2}',70000,1700000000000);
CREATE TABLE timeline (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    session TEXT NOT NULL REFERENCES session (id),
    at INTEGER NOT NULL,
    serviceTime INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (length(kind) > 0),
    text TEXT NOT NULL,
    milliseconds INTEGER
) STRICT;
INSERT INTO timeline VALUES(1,'fixtureaaa',1700000000001,1,'requested','',NULL);
INSERT INTO timeline VALUES(2,'fixtureaab',1700000000001,1,'requested','',NULL);
INSERT INTO timeline VALUES(3,'fixtureaac',1700000000001,1,'requested','',NULL);
INSERT INTO timeline VALUES(4,'fixtureaad',1700000000001,1,'requested','',NULL);
INSERT INTO timeline VALUES(5,'fixtureaae',1700000000001,1,'requested','',NULL);
INSERT INTO timeline VALUES(6,'fixtureaaf',1700000000001,1,'requested','',NULL);
INSERT INTO timeline VALUES(7,'fixtureaag',1700000000001,1,'requested','',NULL);
INSERT INTO timeline VALUES(8,'fixtureaah',1700000000001,1,'requested','',NULL);
INSERT INTO timeline VALUES(9,'fixtureaai',1700000000001,1,'requested','',NULL);
INSERT INTO timeline VALUES(10,'fixtureaae',1700000000009,9,'entered','time limit 1h',3600000);
INSERT INTO timeline VALUES(11,'fixtureaae',1700000000009,9,'step','boot',14500);
INSERT INTO timeline VALUES(12,'fixtureaae',1700000000009,9,'overridden','no KVM here – déjà vu',NULL);
CREATE TABLE sagaStep (
    machine TEXT NOT NULL REFERENCES machine (id) ON DELETE CASCADE,
    step TEXT NOT NULL CHECK (length(step) > 0),
    phase TEXT NOT NULL CHECK (phase IN ('begun', 'done', 'undone')),
    begunAt INTEGER NOT NULL,
    doneAt INTEGER,
    undoneAt INTEGER,
    PRIMARY KEY (machine, step),
    CHECK (phase <> 'begun' OR doneAt IS NULL),
    CHECK (phase <> 'done' OR doneAt IS NOT NULL),
    CHECK ((phase = 'undone') = (undoneAt IS NOT NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO sagaStep VALUES('6f9619ff-8b86-4011-b42d-00c04fc96900','boot','undone',1700000000020,1700000000021,1700000000022);
INSERT INTO sagaStep VALUES('6f9619ff-8b86-4011-b42d-00c04fc96900','overlay','begun',1700000000020,NULL,NULL);
INSERT INTO sagaStep VALUES('6f9619ff-8b86-4011-b42d-00c04fc96900','reserve','done',1700000000020,1700000000021,NULL);
CREATE TABLE heartbeat (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    serviceTime INTEGER NOT NULL,
    wall INTEGER NOT NULL,
    monotonicNanoseconds INTEGER NOT NULL,
    sinceBootNanoseconds INTEGER NOT NULL,
    bootID TEXT NOT NULL
) STRICT;
INSERT INTO heartbeat VALUES(1,45000,1700000045000,123456798,86400000000009,'0f7c2a4e-5a55-4d0a-9f1b-0b6a6a1d7c11');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('timeline',12);
CREATE INDEX sessionByTime ON session (createdAt, id);
CREATE INDEX sessionByPerson ON session (person, createdAt, id);
CREATE INDEX sessionByState ON session (state, createdAt, id);
CREATE INDEX sessionByPersonAndState ON session (person, state, createdAt, id);
CREATE INDEX sessionOpen ON session (createdAt, id) WHERE state <> 'tornDown';
CREATE INDEX sessionAdmitted ON session (person, policy, id)
    WHERE state IN ('preparing', 'ready', 'running', 'paused', 'finishing', 'ended');
CREATE UNIQUE INDEX machineUserID ON machine (userID) WHERE userID IS NOT NULL;
CREATE INDEX machineSpare ON machine (id) WHERE session IS NULL;
CREATE INDEX timelineBySession ON timeline (session, sequence);
COMMIT;
